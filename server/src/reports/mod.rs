//! Reports on agreements: written by the recipient, checked and accepted by finance.

mod conversion;
pub mod routes;
pub mod service;
pub mod store;
