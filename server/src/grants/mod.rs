//! grants.

pub mod routes;
