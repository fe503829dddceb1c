//! What every endpoint stands on: extraction, errors, routes, layers, static files.

pub mod error;
pub mod extract;
pub mod layers;
pub mod openapi;
pub mod pages;
pub mod routes;

use axum::Json;
use shared::endpoint::Endpoint;

/// What a handler of `E` answers.
pub type Reply<E> = Result<Json<<E as Endpoint>::Response>, error::ApiError>;
