//! The content of one call: one text, one sender, up to a hundred recipients.

use std::collections::HashSet;

use domain::{keys::MessageKey, msisdn::Msisdn, sender_id::SenderId, text::MessageText};
use thiserror::Error;

/// The most recipients of any call. A lost answer makes the whole call unconfirmed, so calls stay small even if a
/// provider takes more.
pub const MAX_RECIPIENTS_PER_CALL: usize = 100;

/// One recipient of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Recipient {
    pub msisdn: Msisdn,
    /// Our reference of the message, for providers that echo one.
    pub reference: MessageKey,
    /// How often a provider has put the recipient off before this hand-over.
    pub times_put_off: u8,
}

/// A call: between one and [`MAX_RECIPIENTS_PER_CALL`] recipients, no number twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submission {
    sender: SenderId,
    text: MessageText,
    recipients: Vec<Recipient>,
}

/// Why recipients do not make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SubmissionError {
    #[error("a call needs a recipient")]
    NoRecipient,
    /// More than [`MAX_RECIPIENTS_PER_CALL`].
    #[error("a call has {0} recipients, at most {MAX_RECIPIENTS_PER_CALL} are allowed")]
    TooManyRecipients(usize),
    /// A number twice: the person would be texted twice, and the answers could not be distinguished.
    #[error("a number is twice in one call")]
    RepeatedNumber,
}

impl Submission {
    /// A call of one text to these recipients.
    ///
    /// # Errors
    /// If the recipients do not make a call.
    pub fn new(
        sender: SenderId,
        text: MessageText,
        recipients: Vec<Recipient>,
    ) -> Result<Self, SubmissionError> {
        let mut numbers = HashSet::with_capacity(recipients.len());
        match recipients.len() {
            0 => Err(SubmissionError::NoRecipient),
            count if count > MAX_RECIPIENTS_PER_CALL => Err(SubmissionError::TooManyRecipients(count)),
            _ if !recipients.iter().all(|recipient| numbers.insert(recipient.msisdn)) => {
                Err(SubmissionError::RepeatedNumber)
            }
            _ => Ok(Self { sender, text, recipients }),
        }
    }

    /// A submission of the same text for each recipient alone, in their order.
    pub(crate) fn each(&self) -> impl Iterator<Item = Self> + '_ {
        let (sender, text) = (&self.sender, &self.text);
        let one = |recipient: &Recipient| Self {
            sender: sender.clone(),
            text: text.clone(),
            recipients: vec![*recipient],
        };
        self.recipients.iter().map(one)
    }

    pub const fn sender(&self) -> &SenderId {
        &self.sender
    }

    pub const fn text(&self) -> &MessageText {
        &self.text
    }

    /// The recipients; outcomes have the same order.
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients
    }
}
