//! reviews.

pub mod routes;
