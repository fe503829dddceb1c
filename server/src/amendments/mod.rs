//! Amendments of agreements: written for the recipient or the Desk, checked, approved and signed by others.

pub mod routes;
pub mod service;
pub mod store;
