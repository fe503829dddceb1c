//! Rights on fund.
