//! Rights on grants.
