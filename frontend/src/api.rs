//! The API as seen from the browser: one function for every endpoint that `shared` declares.
//!
//! ```ignore
//! let call = api::call(&ReadCall { call_id }, &Nothing {}, &Nothing {}).await?;
//! ```
//!
//! An expired session asks to sign in over the page and then tries again, so that nothing that was
//! typed is lost.

use std::future::Future;
use std::pin::Pin;

use gloo_net::http::{Headers, Request, RequestBuilder, Response};
use shared::endpoint::{Endpoint, Method};
use shared::problem::{Code, Problem};
use wasm_bindgen::JsValue;

use crate::{clock, i18n, json, session};

/// Why a call gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The server said no, and why.
    Problem(Problem),
    /// The server could not be reached.
    Offline,
}

impl ApiError {
    /// The problem's code; none when the server was not reached.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Problem(problem) => Some(problem.code),
            Self::Offline => None,
        }
    }

    /// What to tell the reader.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Problem(problem) => i18n::problem_text(problem),
            Self::Offline => i18n::t("error-offline").get(),
        }
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What else a request may carry.
#[derive(Debug, Clone, Default)]
struct Extra {
    version: Option<i64>,
    key: Option<String>,
}

/// A call under way. Boxed, so that what awaits it stays small: there are many such places.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// Calls an endpoint. Fails with the server's problem, or with [`ApiError::Offline`].
#[must_use]
pub fn call<E: Endpoint>(endpoint: &E, query: &E::Query, request: &E::Request) -> Answer<E::Response> {
    run(endpoint, query, request, Extra::default())
}

/// Calls an endpoint that changes what was read at `version`; a newer one makes it fail with
/// [`Code::StaleVersion`].
#[must_use]
pub fn call_if_match<E: Endpoint>(
    endpoint: &E,
    query: &E::Query,
    request: &E::Request,
    version: i64,
) -> Answer<E::Response> {
    run(endpoint, query, request, Extra { version: Some(version), key: None })
}

/// Calls an endpoint that moves money. Make the key once per intention ([`new_key`]) and keep it
/// over retries: the server then does it once.
#[must_use]
pub fn call_once<E: Endpoint>(
    endpoint: &E,
    query: &E::Query,
    request: &E::Request,
    key: &str,
    version: Option<i64>,
) -> Answer<E::Response> {
    run(endpoint, query, request, Extra { version, key: Some(key.to_owned()) })
}

/// A fresh idempotency key.
#[must_use]
pub fn new_key() -> String {
    uuid()
}

fn uuid() -> String {
    let crypto = js_sys::Reflect::get(&js_sys::global(), &"crypto".into()).unwrap_or(JsValue::UNDEFINED);
    let made = js_sys::Reflect::get(&crypto, &"randomUUID".into())
        .ok()
        .and_then(|f| wasm_bindgen::JsCast::dyn_into::<js_sys::Function>(f).ok())
        .and_then(|f| f.call0(&crypto).ok())
        .and_then(|v| v.as_string());
    // Without a secure context there is no `randomUUID`; two random numbers and the time do as well.
    made.unwrap_or_else(|| format!("{}-{}-{}", js_sys::Date::now(), js_sys::Math::random(), js_sys::Math::random()))
}

/// The part that depends on the endpoint's types, kept small: it is compiled for each.
fn run<E: Endpoint>(endpoint: &E, query: &E::Query, request: &E::Request, extra: Extra) -> Answer<E::Response> {
    let body = match E::INFO.method {
        Method::Get | Method::Delete => None,
        // Our own types always have a JSON form; an empty body would be refused like any other wrong one.
        Method::Post | Method::Put => Some(serde_json::to_string(request).unwrap_or_default()),
    };
    let answer = exchange(E::INFO.method, endpoint.url(query), body, extra);
    Box::pin(async move { json::read(&answer.await?).ok_or_else(|| Problem::new(Code::Internal).into()) })
}

/// The part that does not depend on the endpoint's types, compiled once.
fn exchange(method: Method, url: String, body: Option<String>, extra: Extra) -> Answer<String> {
    Box::pin(async move {
        loop {
            match send(method, &url, body.as_deref(), &extra).await {
                Err(ApiError::Problem(problem)) if problem.code == Code::SignInRequired => {
                    if !session::ask_to_sign_in().await {
                        return Err(problem.into());
                    }
                }
                result => return result,
            }
        }
    })
}

async fn send(method: Method, url: &str, body: Option<&str>, extra: &Extra) -> Result<String, ApiError> {
    let headers = Headers::new();
    headers.set("accept", "application/json");
    headers.set("accept-language", i18n::current().as_str());
    if let Some(version) = extra.version {
        headers.set("if-match", &format!("\"{version}\""));
    }
    if let Some(key) = &extra.key {
        headers.set("idempotency-key", key);
    }
    let builder: RequestBuilder = match method {
        Method::Get => Request::get(url),
        Method::Post => Request::post(url),
        Method::Put => Request::put(url),
        Method::Delete => Request::delete(url),
    };
    let request = match body {
        Some(body) => {
            headers.set("content-type", "application/json");
            builder.headers(headers).body(body)
        }
        None => builder.headers(headers).build(),
    };
    let request = request.map_err(|_| Problem::new(Code::BadRequest))?;
    let response: Response = request.send().await.map_err(|_| ApiError::Offline)?;
    if let Some(date) = response.headers().get("date") {
        clock::set_from_header(&date);
    }
    let text = response.text().await.map_err(|_| ApiError::Offline)?;
    if response.ok() {
        return Ok(text);
    }
    // A proxy may answer in a form that is not ours; its status tells at least the kind.
    let problem = json::read(&text).unwrap_or_else(|| {
        let code = match response.status() {
            401 => Code::SignInRequired,
            403 => Code::Forbidden,
            404 => Code::NotFound,
            413 => Code::BodyTooLarge,
            429 => Code::TooManyRequests,
            503 | 504 => Code::Timeout,
            _ => Code::Internal,
        };
        Problem::new(code)
    });
    Err(ApiError::Problem(problem))
}
