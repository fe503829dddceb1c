//! Rights on votes.
