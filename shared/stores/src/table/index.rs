//! A secondary index, in the words of CloudFormation.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexDefinition {
    pub name: &'static str,
    /// Hash key and its type.
    pub hash: (&'static str, &'static str),
    /// Range key and its type.
    pub range: (&'static str, &'static str),
    /// `ALL`, `KEYS_ONLY`, or `INCLUDE` for the keys and [`Self::included`].
    pub projection: &'static str,
    /// Attributes that it has beside the keys.
    pub included: &'static [&'static str],
}
