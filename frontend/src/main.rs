//! The browser's part of the fund: pages over the API that `shared` declares.
//!
//! To add a page, see "How to add a page" in `docs/ARCHITECTURE.md`; `people/` is the example.

mod api;
mod app;
mod browser;
mod clock;
mod components;
mod form;
mod format;
mod i18n;
mod json;
mod load;
mod pages;
mod router;
mod routes;
mod session;

mod amendments;
mod audit;
mod bank;
mod batches;
mod calls;
mod concepts;
mod exports;
mod forecast;
mod fund;
#[cfg(debug_assertions)]
mod gallery;
mod grants;
mod home;
mod people;
mod periods;
mod proposals;
mod rates;
mod reports;
mod reviews;
mod votes;
mod waitlist;

fn main() {
    app::start();
}
