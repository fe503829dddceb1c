//! Types and pure rules of the fund, compiled to native code and to WASM.
//!
//! No input or output, no clock, no randomness: time, ids and random choices are parameters.
//! The server enforces what is here, the browser previews it, tests and exports reuse it.
//!
//! The words everything is said in: [`money`], [`currency`], [`ids`], [`time`], [`problem`],
//! [`permission`], [`endpoint`]. Then one module per feature, named alike on every floor.

pub mod currency;
pub mod endpoint;
pub mod fraction;
pub mod ids;
pub mod money;
pub mod permission;
pub mod problem;
pub mod time;

pub mod amendments;
pub mod audit;
pub mod bank;
pub mod batches;
pub mod calls;
pub mod concepts;
pub mod exports;
pub mod forecast;
pub mod fund;
pub mod grants;
pub mod home;
pub mod people;
pub mod periods;
pub mod proposals;
pub mod rates;
pub mod reports;
pub mod reviews;
pub mod upload;
pub mod votes;
pub mod waitlist;
