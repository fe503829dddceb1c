//! Grants: agreements, tranche plans, accounts, payments, the final amount. One file per topic; the
//! SQL of each is beside it.

pub mod accounts;
pub mod accounts_store;
pub mod closing;
pub mod closing_store;
pub mod payments;
pub mod payments_store;
pub mod routes;
pub mod service;
pub mod store;
pub mod tranches;
pub mod tranches_store;
