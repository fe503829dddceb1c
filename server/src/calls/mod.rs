//! calls.

pub mod routes;
