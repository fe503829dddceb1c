//! fund.

pub mod routes;
