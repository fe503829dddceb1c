//! The fund's money: contributions, receipts, allocations, the ledger and what it sums to.

pub mod check;
pub mod corrections;
pub mod ledger;
pub mod routes;
pub mod service;
pub mod store;
