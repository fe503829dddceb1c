//! Exchange rates: units per 1 EUR, with date, source and four eyes (M50, M51).

pub mod routes;
pub mod service;
pub mod store;
