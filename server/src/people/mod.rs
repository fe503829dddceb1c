//! People, organisations, bodies, dated memberships, sign-in.

pub mod routes;
pub mod service;
pub mod store;
