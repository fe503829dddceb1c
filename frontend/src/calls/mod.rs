//! Calls for proposals.

mod actions;
mod edit;
mod edit_definition;
mod list;
mod print;
mod show;

pub use edit::{edit_page, new_page};
pub use list::{list_page, public_page};
pub use print::print_page;
pub use show::call_page;
pub(crate) use show::{category, framed, local};
