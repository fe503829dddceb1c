//! What every response gets: problem bodies, a request id, safety headers.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::endpoint::BASE;
use shared::problem::{Code, Problem};

use crate::app::App;

/// The header that carries the request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Writes the body of problems, and makes problems of the router's and the layers' own refusals.
pub async fn problems(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with(BASE);
    let request_id = request.headers().get(REQUEST_ID).and_then(|v| v.to_str().ok()).map(ToOwned::to_owned);
    let mut response = next.run(request).await;
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| {
        let refused = is_api && (status.is_client_error() || status.is_server_error());
        refused.then(|| {
            Problem::new(match status {
                StatusCode::FORBIDDEN => Code::CrossSite,
                StatusCode::NOT_FOUND => Code::NotFound,
                StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
                StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
                StatusCode::SERVICE_UNAVAILABLE => Code::Timeout,
                s if s.is_server_error() => Code::Internal,
                _ => Code::BadRequest,
            })
        })
    });
    let Some(mut problem) = problem else { return response };
    problem.request_id = request_id;
    // The refusal's own headers stay: a renewed session's cookie, how long to wait.
    let mut headers = std::mem::take(response.headers_mut());
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut told = (status, axum::Json(problem)).into_response();
    told.headers_mut().extend(headers);
    told
}

/// Tells the server's own present, by which browsers count what is left until a deadline.
pub async fn clock(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let now = app.clock.now().utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(now) = HeaderValue::from_str(&now) {
        response.headers_mut().insert(header::DATE, now);
    }
    response
}

/// Headers against framing, sniffing and leaking; nothing private stays in a cache.
pub async fn safety(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with(BASE);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers
        .insert("permissions-policy", HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=()"));
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        );
    }
    response
}
