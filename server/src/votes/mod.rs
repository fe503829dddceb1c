//! Motions, written votes by organisation, decisions (V1–V10).

pub mod routes;
pub mod service;
pub mod store;
