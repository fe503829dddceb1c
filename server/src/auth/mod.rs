//! Who somebody is ([`actor`]), and what they may do ([`policy`]).

pub mod actor;
pub mod password;
pub mod policy;
pub mod rate;
pub mod session_store;
