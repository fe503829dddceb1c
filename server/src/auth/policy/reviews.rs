//! Rights on reviews.
