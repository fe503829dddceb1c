//! The worked example: the golden scenario (DOMAIN §7) and around it a portfolio as the initiative
//! would have it. It is played through the API, by accounts named after roles, with a clock of its
//! own: every rule holds for it too.

pub mod cast;
mod concepts;
mod desk;
pub mod golden;
pub mod portfolio;
pub mod story;
mod texts;
mod world;

pub use world::{Actor, World};
