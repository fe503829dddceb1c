//! Signing in, accounts and their roles, organisations.
//!
//! The example for other features: [`organisations`] is a list with search and a form, [`bodies`] without, [`list`] has dialogs on
//! rows, [`sign_in`] is a form alone.

mod bodies;
mod list;
mod organisations;
mod set_up;
mod sign_in;

pub use bodies::bodies_page;
pub use list::list_page;
pub use organisations::organisations_page;
pub use set_up::set_up_page;
pub use sign_in::{SignInForm, sign_in_page};
