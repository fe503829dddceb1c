//! Grants: agreements, tranche plans, disbursements.

pub mod routes;
pub mod service;
pub mod store;
