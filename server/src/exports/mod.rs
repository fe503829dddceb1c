//! Exports: files for spreadsheets, with manifests to check them against (DOMAIN §6).

pub mod routes;
pub mod service;
pub mod sink;
pub mod store;
