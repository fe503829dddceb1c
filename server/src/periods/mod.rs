//! Months and years that lock (M71).

pub mod routes;
pub mod service;
pub mod store;
