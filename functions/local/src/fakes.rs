//! The choice of a provider, or of its fake: `cargo run -- --provider twilio-fake`.

use std::{collections::BTreeMap, fmt, str::FromStr};

use provider_emulators::{Fake, ReportsTo};
use providers::{KINDS, Kind, UnknownKind, sandbox};

use crate::{error::RunError, stack::Running};

/// The suffix of a kind's name that selects its fake.
const FAKE: &str = "-fake";

/// The provider of the texts: a real one, or its fake.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ProviderChoice {
    pub kind: &'static Kind,
    /// Whether the fake is used.
    pub is_fake: bool,
}

impl ProviderChoice {
    /// Our own provider.
    #[cfg(test)]
    pub const SANDBOX: Self = Self { kind: &sandbox::KIND, is_fake: false };

    /// Whether texts reach real phones.
    pub fn reaches_people(self) -> bool {
        !self.is_fake && self.kind != &sandbox::KIND
    }

    /// Starts the fake on a port of its own, and returns the variables of an account that uses it.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn serve_fake(self) -> Result<Option<(Fake, BTreeMap<String, String>)>, RunError> {
        let Some(fake) = self.is_fake.then(|| Fake::of(self.kind)).flatten() else { return Ok(None) };
        let variables = fake.serve().await.map_err(RunError::system("starting the fake provider"))?;
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Some((fake, variables)))
    }
}

impl fmt::Display for ProviderChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind, if self.is_fake { FAKE } else { "" })
    }
}

impl FromStr for ProviderChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let (name, is_fake) = match word.strip_suffix(FAKE) {
            Some(name) => (name, true),
            None => (word, false),
        };
        let kind = name.parse::<&'static Kind>().ok().filter(|kind| !is_fake || Fake::of(kind).is_some());
        kind.map(|kind| Self { kind, is_fake }).ok_or_else(|| {
            let fakes = KINDS.into_iter().filter(|kind| Fake::of(kind).is_some());
            let fakes: Vec<_> = fakes.map(|kind| format!("{kind}{FAKE}")).collect();
            format!("{UnknownKind}, {}", fakes.join(", "))
        })
    }
}

impl ReportsTo for Running {
    fn base_url(&self) -> &str {
        crate::stack::Stack::base_url(self)
    }

    async fn put_events(&self, events: Vec<String>) -> bool {
        self.put_aws_events(events).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_is_written_and_only_real_providers_have_fakes() {
        for word in ["sandbox", "twilio", "twilio-fake", "infobip-fake", "aws-fake", "africastalking-fake"] {
            assert_eq!(word.parse::<ProviderChoice>().map(|choice| choice.to_string()).as_deref(), Ok(word));
        }
        for word in ["", "-fake", "sandbox-fake", "nobody", "nobody-fake", "twilio-fake-fake"] {
            assert!(word.parse::<ProviderChoice>().unwrap_err().contains("twilio-fake"), "{word}");
        }
        assert!(!ProviderChoice::SANDBOX.reaches_people());
        let reaches = |word: &str| word.parse::<ProviderChoice>().unwrap().reaches_people();
        assert!(reaches("twilio") && !reaches("twilio-fake"));
    }
}
