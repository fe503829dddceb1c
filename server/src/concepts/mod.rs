//! Concept notes: the first stage of a call with two.

pub mod routes;
pub mod service;
pub mod store;
