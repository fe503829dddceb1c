//! Proposals: drafts, autosave, budgets, submission, screening.

pub mod content;
pub mod routes;
pub mod service;
pub mod store;
