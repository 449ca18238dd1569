//! The list of every provider: a new one is a folder of this crate and a line here.

use std::str::FromStr;

use thiserror::Error;

use crate::{
    adapter::Adapter, africastalking, aws, config::ConfigError, infobip, kind::Kind, sandbox, twilio,
};

static ADAPTERS: [&Adapter; 5] =
    [&sandbox::ADAPTER, &africastalking::ADAPTER, &aws::ADAPTER, &infobip::ADAPTER, &twilio::ADAPTER];

/// Every kind of provider.
pub static KINDS: [&Kind; ADAPTERS.len()] = kinds(&ADAPTERS);

/// The kinds of adapters. A constant function cannot call `map`.
const fn kinds<const N: usize>(adapters: &[&'static Adapter; N]) -> [&'static Kind; N] {
    let mut kinds = [adapters[0].kind; N];
    let mut index = 1;
    while index < N {
        kinds[index] = adapters[index].kind;
        index += 1;
    }
    kinds
}

/// The adapter of a kind.
pub(crate) fn adapter(kind: &'static Kind) -> Result<&'static Adapter, ConfigError> {
    ADAPTERS.into_iter().find(|adapter| adapter.kind == kind).ok_or(ConfigError::Unlisted(kind))
}

/// The word names no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be one of: {}", KINDS.map(|kind| kind.name).join(", "))]
pub struct UnknownKind;

impl FromStr for &'static Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        KINDS.into_iter().find(|kind| kind.name == word).ok_or(UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{one_by_one::AT_ONCE, submission::MAX_RECIPIENTS_PER_CALL};

    fn is_name(text: &str, extra: &[u8]) -> bool {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || extra.contains(&byte);
        !text.is_empty() && text.len() <= 20 && text.bytes().all(plain)
    }

    #[test]
    fn every_description_can_be_used() {
        for kind in KINDS {
            assert!(is_name(kind.name, b"") && kind.account().to_string() == kind.name, "{kind}");
            assert!(!kind.one_per_call || kind.max_recipients <= AT_ONCE, "{kind}: a call ends in its time");
            assert!(!kind.title.is_empty() && (1..=MAX_RECIPIENTS_PER_CALL).contains(&kind.max_recipients));
            let values = || kind.settings.iter().chain(kind.secrets);
            assert!(values().all(|value| is_name(value.name, b"_") && !value.help.is_empty()), "{kind}");
            let names: BTreeSet<_> = values().map(|value| value.name).collect();
            assert_eq!(names.len(), values().count(), "{kind}: a value is declared twice");
        }
    }

    #[test]
    fn an_adapter_makes_what_its_kind_promises() {
        for Adapter { kind, callback_reader, check, .. } in ADAPTERS {
            assert_eq!(callback_reader.is_some(), kind.callbacks.is_some(), "{kind}: callbacks");
            assert_eq!(check.is_some(), kind.asks_for.is_some(), "{kind}: checks");
        }
    }

    #[test]
    fn a_name_is_read_as_it_is_written_and_no_other_spelling_is_read() {
        for kind in KINDS {
            assert_eq!(kind.name.parse(), Ok(kind));
        }
        let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        assert_eq!("Sandbox".parse::<&Kind>(), Err(UnknownKind));
        assert_eq!(UnknownKind.to_string().matches("sandbox").count(), 1);
    }
}
