//! The browser's part of the fund: pages over the API that `shared` declares.
//!
//! To add a page, see "How to add a page" in `docs/ARCHITECTURE.md`; `people/` is the example.

#[allow(dead_code, reason = "pages that use the rest are being written")]
mod api;
mod app;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod browser;
mod clock;
#[allow(dead_code, unused_imports, reason = "pages that use the rest are being written")]
mod components;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod form;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod format;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod i18n;
mod json;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod load;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod pages;
mod router;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod routes;
#[allow(dead_code, reason = "pages that use the rest are being written")]
mod session;

mod calls;
mod exports;
mod fund;
#[cfg(debug_assertions)]
mod gallery;
mod grants;
mod home;
mod people;
mod proposals;
mod reviews;
mod votes;

fn main() {
    app::start();
}
