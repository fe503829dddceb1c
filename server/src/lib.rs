//! The server of Catalytic Fund: axum, sqlx, tower-sessions.
//!
//! A request: route → `Actor` (who) → `policy` (may they; gives a proof with the row) → `service`
//! (one transaction: rule from `shared`, store calls, audit entry) → response type from `shared`.
//! `service` never writes SQL, `store` never decides.

pub mod app;
pub mod audit;
pub mod auth;
pub mod clock;
pub mod db;
pub mod demo;
pub mod http;
pub mod idempotency;
pub mod jobs;
pub mod uploads;

pub mod amendments;
pub mod audit_log;
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
pub mod votes;
pub mod waitlist;
