//! Ledger lines. A posting's id names its cause:
//!
//! ```text
//! topup:<reference>
//! correction:<reference>
//! reserve:<campaign>
//! settle:<campaign>:<batch>[:reports-<version>]
//! release:<campaign>:<batch>[:timeout]
//! ```

use super::{Fields, Item, Unreadable, item::sort_key};

const LINE: &str = "a ledger line";

/// The kind of a posting, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    TopUp,
    Correction,
    Reserve { campaign: u64 },
    Settle { campaign: u64, batch: u32 },
    Release { campaign: u64, batch: u32, at_timeout: bool },
}

#[derive(Clone, Debug)]
pub struct Line<'a> {
    pub cause: Cause,
    /// In ten-thousandths of a currency unit.
    pub amount: i64,
    fields: Fields<'a>,
}

impl Cause {
    pub fn parse(id: &str) -> Option<Self> {
        let mut parts = id.split(':');
        let word = parts.next()?;
        let by_reference = match word {
            "topup" => Some(Self::TopUp),
            "correction" => Some(Self::Correction),
            _ => None,
        };
        if let Some(cause) = by_reference {
            return parts.next().map(|_| cause);
        }
        let campaign = parts.next()?.parse().ok()?;
        let batch = parts.next().map(str::parse).transpose().ok()?;
        let when = parts.next();
        if parts.next().is_some() {
            return None;
        }
        match (word, batch, when) {
            ("reserve", None, None) => Some(Self::Reserve { campaign }),
            ("settle", Some(batch), None) => Some(Self::Settle { campaign, batch }),
            ("settle", Some(batch), Some(when)) => {
                when.strip_prefix("reports-")?.parse::<u64>().ok().map(|_| Self::Settle { campaign, batch })
            }
            ("release", Some(batch), None) => Some(Self::Release { campaign, batch, at_timeout: false }),
            ("release", Some(batch), Some("timeout")) => {
                Some(Self::Release { campaign, batch, at_timeout: true })
            }
            _ => None,
        }
    }

    pub const fn campaign(self) -> Option<u64> {
        match self {
            Self::TopUp | Self::Correction => None,
            Self::Reserve { campaign } | Self::Settle { campaign, .. } | Self::Release { campaign, .. } => {
                Some(campaign)
            }
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::TopUp => "top_up",
            Self::Correction => "correction",
            Self::Reserve { .. } => "reserve",
            Self::Settle { .. } => "settle",
            Self::Release { .. } => "release",
        }
    }
}

impl<'a> Line<'a> {
    /// Reads a line by the id in its key, of which there can be only one.
    pub fn read(item: &'a Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(LINE, item)?;
        let cause = Cause::parse(sort_key(item)).ok_or_else(|| fields.wrong("its id names no cause"))?;
        Ok(Self { cause, amount: fields.integer("amount")?, fields })
    }

    /// The first contradiction between the line and its id, or its place in the index by time.
    pub fn contradiction(&self, id: &str, ledger: &str) -> Result<Option<&'static str>, Unreadable> {
        let posted_at = self.fields.integer("posted_at")?;
        let least = i64::from(!matches!(self.cause, Cause::Reserve { .. }));
        Ok(if self.fields.text("id")? != id {
            Some("its sort key is not its posting's id")
        } else if self.fields.text("kind")? != self.cause.kind() {
            Some("its kind is not that of its id")
        } else if self.fields.optional_unsigned("campaign")? != self.cause.campaign() {
            Some("its campaign is not that of its id")
        } else if self.amount < least {
            Some("its amount is zero or below zero")
        } else if self.fields.has("reason") != (self.cause == Cause::Correction) {
            Some("a correction has no reason, or another posting has one")
        } else if self.fields.text("ledger")? != ledger {
            Some("the index by time does not list it under its organisation")
        } else if self.fields.text("at")? != format!("{posted_at:015}#{id}") {
            Some("its place in the index by time is not the time of its posting")
        } else {
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_one_cause() {
        assert_eq!(Cause::parse("topup:a:b"), Some(Cause::TopUp));
        assert_eq!(Cause::parse("correction:a"), Some(Cause::Correction));
        assert_eq!(Cause::parse("reserve:7"), Some(Cause::Reserve { campaign: 7 }));
        let settle = Some(Cause::Settle { campaign: 7, batch: 3 });
        assert_eq!((Cause::parse("settle:7:3"), Cause::parse("settle:7:3:reports-2")), (settle, settle));
        let release = Cause::Release { campaign: 7, batch: 0, at_timeout: true };
        assert_eq!(Cause::parse("release:7:0:timeout"), Some(release));
        for id in
            ["", "topup", "reserve:x", "reserve:1:2", "settle:1", "settle:1:2:timeout", "release:1:2:3:4"]
        {
            assert_eq!(Cause::parse(id), None, "{id}");
        }
    }
}
