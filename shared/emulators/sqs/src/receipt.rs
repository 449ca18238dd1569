//! Receipt handles: opaque to clients, here the key of one delivery of one message.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::refusal::Refusal;

/// Distinguishes a handle of this server from any other base64 text.
const MARK: &str = "receipt";

/// One delivery of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// The queue that delivered it.
    pub(crate) queue: i64,
    /// The message's key; never used again, so that an old handle cannot name another message.
    pub(crate) sequence: i64,
    /// The how-manieth delivery it was, from 1. Only the latest one may settle the message.
    pub(crate) delivery: i64,
}

impl Receipt {
    /// The handle as a client sees it.
    pub(crate) fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{MARK}.{}.{}.{}", self.queue, self.sequence, self.delivery))
    }

    /// Reads a handle.
    ///
    /// # Errors
    /// `ReceiptHandleIsInvalid` for anything that [`Receipt::encode`] has not made for this queue.
    pub(crate) fn parse(handle: &str, queue: i64) -> Result<Self, Refusal> {
        Self::decode(handle).filter(|receipt| receipt.queue == queue).ok_or(Refusal::ReceiptHandleIsInvalid)
    }

    fn decode(handle: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(handle).ok()?).ok()?;
        let mut numbers = text.strip_prefix(MARK)?.strip_prefix('.')?.split('.').map(str::parse::<i64>);
        let mut next = || numbers.next()?.ok();
        let receipt = Self { queue: next()?, sequence: next()?, delivery: next()? };
        numbers.next().is_none().then_some(receipt)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_handle_reads_back_as_its_delivery(queue in 1_i64.., sequence in 1_i64.., delivery in 1_i64..) {
            let receipt = Receipt { queue, sequence, delivery };
            prop_assert_eq!(Receipt::parse(&receipt.encode(), queue).ok(), Some(receipt));
        }

        #[test]
        fn anything_else_is_refused(text in ".*") {
            prop_assert!(Receipt::parse(&text, 1).is_err());
        }
    }

    #[test]
    fn a_handle_of_another_queue_is_refused() {
        let handle = Receipt { queue: 1, sequence: 2, delivery: 3 }.encode();
        assert!(Receipt::parse(&handle, 2).is_err());
    }
}
