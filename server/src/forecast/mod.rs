//! What is still to be paid, and when.

pub mod routes;
pub mod service;
pub mod store;
