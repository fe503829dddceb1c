//! The router and the list of what it serves, built together so that neither forgets the other.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post, put};
use shared::endpoint::{BASE, Endpoint, Info, Method};

use super::openapi::{self, Describe};
use crate::app::App;

/// Endpoints with their handlers.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    /// What is served.
    pub served: Vec<Info>,
    /// How the OpenAPI document describes it: called for the document alone, which is large.
    pub described: Vec<(String, Describe)>,
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves `E` with a handler.
    #[must_use]
    pub fn on<E: Endpoint, T: 'static>(mut self, handler: impl Handler<T, App>) -> Self {
        let info = E::INFO;
        let method: MethodRouter<App> = match info.method {
            Method::Get => get(handler),
            Method::Post => post(handler),
            Method::Put => put(handler),
            Method::Delete => delete(handler),
        };
        self.router = self.router.route(&format!("{BASE}{}", info.path), method);
        self.described.push((format!("{BASE}{}", info.path), openapi::describe::<E>));
        self.served.push(info);
        self
    }

    /// Adds another feature's routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.served.extend(other.served);
        self.described.extend(other.described);
        self
    }

    /// The router.
    pub fn into_router(self) -> Router<App> {
        self.router
    }
}
