//! The bank's statements and their reconciliation with the journal.

pub mod routes;
pub mod service;
pub mod store;
