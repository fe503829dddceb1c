//! Proposals: writing without losing a word, budgets, submission, reading, screening.

pub mod autosave;
mod budget;
mod check;
mod details;
mod list;
mod overview;
mod parts;
mod read;
mod result;
mod section;
mod start;
mod totals;

pub use budget::budget_page;
pub(crate) use check::receipt_list;
pub use check::{check_page, receipt_page};
pub(crate) use details::countries;
pub use details::details_page;
pub use list::list_page;
pub use overview::proposal_page;
pub(crate) use parts::waiver;
pub use read::reading;
pub use section::section_page;
pub use start::new_page;
