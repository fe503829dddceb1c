//! What waits for money, and reservations that lapse (M23).

pub mod routes;
pub mod service;
pub mod store;
