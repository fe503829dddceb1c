//! [`Call`]: everything a request says, parsed into the endpoint's types before its handler runs.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use shared::endpoint::{Endpoint, Flag, Method};
use shared::problem::{Code, FieldError, Problem};

use super::error::ApiError;

/// A parsed request to `E`.
#[derive(Debug)]
pub struct Call<E: Endpoint> {
    /// The path's parameters.
    pub at: E,
    /// The query.
    pub query: E::Query,
    /// The body.
    pub body: E::Request,
    /// The version in `If-Match`; 0 for endpoints that do not ask for it.
    pub if_match: i64,
    /// The `Idempotency-Key`; empty for endpoints that do not ask for it.
    pub idempotency_key: String,
    /// SHA-256 over path and body: whether a retry is the same request.
    pub request_hash: String,
}

impl<E: Endpoint, S: Send + Sync> FromRequest<S> for Call<E> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        // A parameter that cannot be an id names nothing.
        let Path(at) = Path::<E>::from_request_parts(&mut parts, state).await.map_err(|_| Code::NotFound)?;
        let query = parse_query(parts.uri.query().unwrap_or_default())?;
        let if_match = if E::INFO.has(Flag::IfMatch) { if_match(&parts.headers)? } else { 0 };
        let idempotency_key =
            if E::INFO.has(Flag::Idempotent) { idempotency_key(&parts.headers)? } else { String::new() };
        let has_body = matches!(E::INFO.method, Method::Post | Method::Put);
        if has_body && !is_json(&parts.headers) {
            return Err(Code::ContentType.into());
        }
        let path = parts.uri.path().to_owned();
        let bytes =
            Bytes::from_request(Request::from_parts(parts, body), state).await.map_err(|_| Code::BodyTooLarge)?;
        let request_hash = crate::audit::sha256_hex(&[path.as_bytes(), b"\n", &bytes]);
        let body = if has_body { parse_json(&bytes)? } else { parse_json(b"{}")? };
        Ok(Self { at, query, body, if_match, idempotency_key, request_hash })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")))
}

fn if_match(headers: &HeaderMap) -> Result<i64, ApiError> {
    let value = headers.get(header::IF_MATCH).ok_or(Code::IfMatchRequired)?;
    let version = value.to_str().ok().and_then(|v| v.trim().trim_matches('"').parse().ok());
    version.ok_or_else(|| Code::IfMatchRequired.into())
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, ApiError> {
    let key = headers.get("idempotency-key").and_then(|v| v.to_str().ok()).unwrap_or_default().trim();
    if key.is_empty() || key.len() > 100 {
        return Err(Code::IdempotencyKeyRequired.into());
    }
    Ok(key.to_owned())
}

fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| Code::BadRequest)?;
    let deserializer = serde::de::value::MapDeserializer::<_, serde_json::Error>::new(
        pairs.into_iter().map(|(name, value)| (name, QueryValue(value))),
    );
    serde_path_to_error::deserialize(deserializer)
        .map_err(|e| data_problem(&e.path().to_string(), &e.inner().to_string()))
}

/// A value in a query: text that stands for whatever its field wants.
struct QueryValue(String);

impl<'de> serde::de::IntoDeserializer<'de, serde_json::Error> for QueryValue {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! parsed {
    ($($method:ident => $visit:ident),+) => {$(
        fn $method<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(serde::de::Error::custom(Code::WrongType.as_str())),
            }
        }
    )+};
}

impl<'de> serde::Deserializer<'de> for QueryValue {
    type Error = serde_json::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        // `?state=` is the same as no state.
        if self.0.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: serde::de::Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(serde::de::value::StringDeserializer::new(self.0))
    }

    fn deserialize_newtype_struct<V: serde::de::Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    parsed!(deserialize_bool => visit_bool, deserialize_i64 => visit_i64, deserialize_i32 => visit_i32,
        deserialize_u64 => visit_u64, deserialize_u32 => visit_u32);

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|e| {
        if e.inner().is_data() {
            data_problem(&e.path().to_string(), &e.inner().to_string())
        } else {
            Code::BadRequest.into()
        }
    })?;
    deserializer.end().map_err(|_| Code::BadRequest)?;
    Ok(value)
}

/// Turns serde's message about a value into a field error with a code and a JSON pointer.
fn data_problem(path: &str, message: &str) -> ApiError {
    let message = message.split(" at line ").next().unwrap_or(message);
    let named = message.split('`').nth(1).unwrap_or_default();
    let (code, leaf) = if let Some(code) = Code::parse(message) {
        (code, "")
    } else if message.starts_with("unknown field") {
        (Code::UnknownField, named)
    } else if message.starts_with("missing field") {
        (Code::Required, named)
    } else if message.starts_with("unknown variant") {
        (Code::NotAChoice, "")
    } else {
        (Code::WrongType, "")
    };
    let mut pointer = String::new();
    if path != "." {
        for segment in path.split('.') {
            // `lines[3].unit_cost` is `/lines/3/unit_cost`.
            for part in segment.split('[') {
                pointer.push('/');
                pointer.push_str(part.trim_end_matches(']'));
            }
        }
    }
    if !leaf.is_empty() && !pointer.ends_with(&format!("/{leaf}")) {
        pointer.push('/');
        pointer.push_str(leaf);
    }
    Problem::fields(vec![FieldError::new(pointer, code)]).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use shared::money::Money;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[allow(dead_code)]
        cost: Money,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[allow(dead_code)]
        lines: Vec<Line>,
    }

    fn problem(json: &str) -> (String, Code) {
        match parse_json::<Body>(json.as_bytes()) {
            Err(ApiError::Problem(p)) => {
                p.errors.first().map_or((String::new(), p.code), |e| (e.pointer.clone(), e.code))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn wrong_bodies_name_the_field_and_the_code() {
        for (json, pointer, code) in [
            (r#"{"lines":[{"cost":{"amount":"1e3","currency":"EUR"}}]}"#, "/lines/0/cost", Code::AmountFormat),
            (r#"{"lines":[{"cost":{"amount":"1.005","currency":"EUR"}}]}"#, "/lines/0/cost", Code::AmountPrecision),
            (r#"{"lines":[{"cost":{"amount":1,"currency":"EUR"}}]}"#, "/lines/0/cost/amount", Code::WrongType),
            (
                r#"{"lines":[{"cost":{"amount":"1","currency":"ABC"}}]}"#,
                "/lines/0/cost/currency",
                Code::CurrencyUnknown,
            ),
            (r#"{"lines":[],"x":1}"#, "/x", Code::UnknownField),
            (r"{}", "/lines", Code::Required),
            (r#"{"lines":"#, "", Code::BadRequest),
            (r#"{"lines":[]} x"#, "", Code::BadRequest),
        ] {
            assert_eq!(problem(json), (pointer.to_owned(), code), "{json}");
        }
    }
}
