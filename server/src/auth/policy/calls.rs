//! Rights on calls.
