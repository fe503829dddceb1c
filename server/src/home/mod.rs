//! The first page: what waits for the reader.

pub mod routes;
pub mod service;
pub mod store;
