//! An organisation's short name, and how it leads to the organisation without an index.

use std::{fmt, str::FromStr};

use domain::ids::OrganisationId;
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Builder;

const MAX_CHARACTERS: usize = 40;
/// Separates these ids from all others that are made from a SHA-256.
const NAMESPACE: &str = "organisation:";

/// A short name: lower-case letters, digits and hyphens.
///
/// An organisation's id is made from the slug that it was created with (a version 8 UUID of its SHA-256, RFC 9562
/// §5.8). So no two organisations have the same slug, and the operator can name an organisation by it although the
/// tables have no index of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

/// The text is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be 1 to {MAX_CHARACTERS} lower-case letters, digits and hyphens")]
pub struct SlugError;

impl Slug {
    /// The slug of a name: its letters and digits in lower case, and a hyphen for everything else.
    ///
    /// # Errors
    /// If the slug would be empty or too long.
    pub fn of_name(name: &str) -> Result<Self, SlugError> {
        let words = name.split(|character: char| !character.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
        words.join("-").parse()
    }

    /// The id of the organisation that is created with it.
    pub fn organisation_id(&self) -> OrganisationId {
        let digest = Sha256::new().chain_update(NAMESPACE).chain_update(&self.0).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        OrganisationId(Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_slug = (1..=MAX_CHARACTERS).contains(&text.len()) && text.bytes().all(plain);
        is_slug.then(|| Self(text.to_owned())).ok_or(SlugError)
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organisation as an operator names it: by its id, or by the slug that it was created with.
///
/// It keeps the text as it was typed, because an error about a mistyped slug must not show an id that the operator
/// never typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationName {
    id: OrganisationId,
    typed: String,
}

/// The text names no organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be an organisation's id or slug")]
pub struct OrganisationNameError;

impl FromStr for OrganisationName {
    type Err = OrganisationNameError;

    fn from_str(text: &str) -> Result<Self, OrganisationNameError> {
        let by_slug = || text.parse::<Slug>().map(|slug| slug.organisation_id());
        let id = text.parse().or_else(|_| by_slug()).map_err(|_| OrganisationNameError)?;
        Ok(Self { id, typed: text.to_owned() })
    }
}

impl OrganisationName {
    /// The organisation's id, whether or not there is such an organisation.
    pub const fn id(&self) -> OrganisationId {
        self.id
    }
}

impl fmt::Display for OrganisationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_a_name() {
        let slug = |name: &str| Slug::of_name(name).map(|slug| slug.to_string());
        assert_eq!(slug("TalkNTalk (Kenya) Ltd."), Ok("talkntalk-kenya-ltd".into()));
        assert_eq!(slug("—"), Err(SlugError));
        assert_eq!(slug(&"x".repeat(MAX_CHARACTERS + 1)), Err(SlugError));
    }

    #[test]
    fn a_slug_and_an_id_name_the_same_organisation() {
        let id = "demo".parse::<Slug>().unwrap().organisation_id();
        let named = |text: &str| text.parse::<OrganisationName>().map(|name| name.id());
        assert_eq!(named("demo"), Ok(id));
        assert_eq!(named(&id.to_string()), Ok(id));
        assert_ne!(named("demo2"), Ok(id));
        assert_eq!(named("De mo"), Err(OrganisationNameError));
        assert_eq!("demo".parse::<OrganisationName>().unwrap().to_string(), "demo");
    }

    #[test]
    fn the_id_of_a_slug_never_changes() {
        let id = "demo".parse::<Slug>().unwrap().organisation_id();
        assert_eq!(id.0.get_version_num(), 8);
        assert_eq!(id.to_string(), "4c40e398-dc5a-8d5c-81bc-41bc2cf8a213");
    }
}
