//! Calls for proposals: drafts, publication, opening and closing by the clock, phases.

pub mod routes;
pub mod service;
pub mod store;
pub mod zone;
