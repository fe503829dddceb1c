//! The browser's files: precompressed, hashed names for ever, every other address is the app.

use std::path::Path;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tower_http::services::{ServeDir, ServeFile};

use crate::app::App;

/// Serves the folder that the UI build made; without it, says how to make it.
pub fn router(folder: &Path) -> Router<App> {
    let index = folder.join("index.html");
    let Ok(html) = std::fs::read_to_string(&index) else {
        return Router::new().fallback(|| async {
            (
                StatusCode::NOT_FOUND,
                "The pages are not built. `cargo xtask demo` builds them; --assets names their folder.\n",
            )
        });
    };
    let policy = HeaderValue::from_str(&content_security_policy(&html))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    // Addresses of the app are not files: the app's own router shows them.
    let index = ServeFile::new(index).precompressed_br().precompressed_gzip();
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip().fallback(index);
    Router::new().fallback_service(files).layer(middleware::from_fn_with_state(policy, headers))
}

/// Only our own scripts and styles run; trunk's inline start script is named by its hash.
fn content_security_policy(html: &str) -> String {
    let mut scripts = String::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let (Some(open), Some(close)) = (rest.find('>'), rest.find("</script>")) else { break };
        if open < close && !rest[..open].contains("src=") {
            scripts.push_str(&format!(" 'sha256-{}'", base64(&Sha256::digest(&rest.as_bytes()[open + 1..close]))));
        }
        rest = &rest[close + 1..];
    }
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

async fn headers(State(policy): State<HeaderValue>, request: Request, next: Next) -> Response {
    // An unknown address of the API is a problem, not a page.
    if request.uri().path().starts_with(shared::endpoint::BASE) {
        return StatusCode::NOT_FOUND.into_response();
    }
    // Trunk names each file by its content.
    let is_hashed =
        request.uri().path().rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "js" | "wasm" | "css"));
    let mut response = next.run(request).await;
    // A file that is gone is answered with the app's page, which must not be kept in its name.
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let cache = if is_hashed && !is_page { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
