//! The browser's files: precompressed, hashed names for ever, every other address is the app.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::services::{ServeDir, ServeFile};

use crate::app::App;

/// Serves the folder that the UI build made; without it, says how to make it.
pub fn router(folder: &Path) -> Router<App> {
    let index = folder.join("index.html");
    if !index.is_file() {
        return Router::new().fallback(|| async {
            (
                StatusCode::NOT_FOUND,
                "The pages are not built. `cargo xtask demo` builds them; --assets names their folder.\n",
            )
        });
    }
    // Addresses of the app are not files: the app's own router shows them.
    let index = ServeFile::new(index).precompressed_br().precompressed_gzip();
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip().fallback(index);
    Router::new().fallback_service(files).layer(middleware::from_fn(headers))
}

/// Only our own scripts and styles run, and none that stand in a page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async fn headers(request: Request, next: Next) -> Response {
    // An unknown address of the API is a problem, not a page.
    if request.uri().path().starts_with(shared::endpoint::BASE) {
        return StatusCode::NOT_FOUND.into_response();
    }
    // Their folder is named after what they were built from.
    let is_hashed = request
        .uri()
        .path()
        .rsplit_once('.')
        .is_some_and(|(_, ending)| matches!(ending, "js" | "wasm" | "bin" | "css" | "ftl"));
    let mut response = next.run(request).await;
    // A file that is gone is answered with the app's page, which must not be kept in its name.
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let cache = if is_hashed && !is_page { "public, max-age=31536000, immutable" } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
