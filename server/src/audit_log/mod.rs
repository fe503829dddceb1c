//! Reading the audit log; [`crate::audit`] writes and verifies it (M72).

pub mod routes;
pub mod service;
pub mod store;
