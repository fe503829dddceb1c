//! (grants: to be written)
/// Every endpoint of this feature.
pub const ENDPOINTS: &[crate::endpoint::Info] = &[];
