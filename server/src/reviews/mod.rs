//! Conflicts of interest, score sheets, ranking (K1–K3, S1–S11).

pub mod ranked;
pub mod routes;
pub mod service;
pub mod store;
