//! The id that a message has at Infobip.

use std::{fmt, str::FromStr};

use domain::keys::{MessageKey, ParseKeyError};

use crate::submission::Recipient;

/// Our reference, and how often the recipient was put off before this hand-over: `<reference>-<times>`.
///
/// The reference alone is not enough. If a message was put off and is handed over again under the same id, the answer
/// may call it a duplicate, which would be read as accepted although nothing was sent. With the count in it, a
/// duplicate is this very hand-over, which reached Infobip before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MessageId {
    pub message: MessageKey,
    /// How often it was put off.
    pub times_put_off: u8,
}

impl MessageId {
    /// The id of a recipient's next hand-over.
    pub const fn of(recipient: &Recipient) -> Self {
        Self { message: recipient.reference, times_put_off: recipient.times_put_off }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.message, self.times_put_off)
    }
}

impl FromStr for MessageId {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let (message, times) = text.rsplit_once('-').ok_or(ParseKeyError)?;
        let id = Self { message: message.parse()?, times_put_off: times.parse().map_err(|_| ParseKeyError)? };
        // Any other spelling would be a second name of the same message.
        if id.to_string() == text { Ok(id) } else { Err(ParseKeyError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::recipient;

    #[test]
    fn an_id_is_parsed_only_in_its_own_spelling() {
        let id = MessageId::of(&Recipient { times_put_off: 3, ..recipient(254_711_000_001) });
        assert_eq!(id.to_string(), "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.1-3");
        assert_eq!(id.to_string().parse(), Ok(id));
        let reference = id.message;
        for text in
            [format!("{reference}"), format!("{reference}-03"), format!("{reference}-256"), "-1".into()]
        {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }
}
