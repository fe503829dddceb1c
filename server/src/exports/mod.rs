//! exports.

pub mod routes;
