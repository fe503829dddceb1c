//! Files of payments for the bank.

pub mod routes;
pub mod service;
pub mod store;
