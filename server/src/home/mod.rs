//! home.

pub mod routes;
