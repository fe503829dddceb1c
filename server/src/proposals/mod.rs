//! proposals.

pub mod routes;
