//! votes.

pub mod routes;
