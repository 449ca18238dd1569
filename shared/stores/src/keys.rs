//! Keys that several stores share: an organisation's partition, and the places of leaves in a roster and in the
//! opt-outs that are subtracted from it.

use domain::ids::OrganisationId;

pub(crate) const LEAF_PREFIX: &str = "L#";

/// The partition of an organisation's profile, of its books, or of its campaigns.
pub(crate) fn organisation_partition(organisation: OrganisationId) -> String {
    format!("ORG#{organisation}")
}

/// A partition of an organisation's items of one kind.
pub(crate) fn partition_of(organisation: OrganisationId, kind: &str) -> String {
    format!("{}#{kind}", organisation_partition(organisation))
}

pub(crate) fn leaf_place(leaf: u8) -> String {
    format!("{LEAF_PREFIX}{leaf:02x}")
}

/// The number of a leaf, from its sort key.
pub(crate) fn leaf_at(place: &str) -> Option<u8> {
    place.strip_prefix(LEAF_PREFIX).and_then(|hex| u8::from_str_radix(hex, 16).ok())
}
