//! Rights on proposals.
