//! A campaign's header and its terms.

use std::{collections::BTreeSet, fmt};

use super::{Fields, Item, Unreadable, batch::Planned, counts::Counts, tariff::Tariff, text::segments};
use crate::limits::BATCH_RECIPIENTS;

const HEADER: &str = "a campaign's header";
const TEXT: &str = "a campaign's text";
/// Counts of failed recipients by reason.
const FAILED: [&str; 11] = [
    "f_invalid_number",
    "f_unsupported_destination",
    "f_opted_out",
    "f_do_not_disturb",
    "f_not_routed",
    "f_rejected",
    "f_too_long",
    "f_refused",
    "f_validity_expired",
    "f_gave_up",
    "f_unrouted",
];
/// Counts of cancelled recipients by reason.
const CANCELLED: [&str; 2] = ["c_opted_out", "c_campaign_cancelled"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Scheduled,
    Queued,
    Running,
    Paused,
    Cancelled,
    Completed,
    Failed,
}

impl State {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "scheduled" => Self::Scheduled,
            "queued" => Self::Queued,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "cancelled" => Self::Cancelled,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Failed => "failed",
        })
    }
}

/// A campaign's header. Instants are milliseconds since the epoch, money is in ten-thousandths.
#[derive(Clone, Debug)]
pub struct Header {
    pub organisation: String,
    pub campaign: u64,
    /// Reaches recipients and costs money.
    pub is_live: bool,
    pub state: State,
    pub recipients: u64,
    /// Recipients of every batch except the last.
    pub batch_recipients: u64,
    pub open_batches: i64,
    /// Open batches that wait for an operator.
    pub set_aside: i64,
    pub estimated_cost: i64,
    pub charged: i64,
    pub refunded: i64,
    /// Counts of closed batches.
    pub counts: Counts,
    /// The failed and the cancelled of closed batches, as the counts by reason add up.
    pub by_reason: (i64, i64),
    /// Batches that are not closed and may have been handed over in part.
    pub begun: BTreeSet<u64>,
    /// The accounts that a recipient of a closed batch may have gone to.
    pub sent_by: BTreeSet<String>,
    pub created_at: i64,
    pub scheduled_at: Option<i64>,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub valid_until: i64,
    /// When recipients, outcomes and text are deleted.
    pub kept_until: i64,
    /// When the clock checks it again; `None` if the clock does not find it.
    pub due_at: Option<i64>,
}

impl Header {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(HEADER, item)?;
        let is_due = fields.optional_text("due_shard")?.is_some();
        Ok(Self {
            organisation: fields.text("organisation")?.to_owned(),
            campaign: fields.unsigned("campaign")?,
            is_live: match fields.text("mode")? {
                "live" => true,
                "test" => false,
                _ => return Err(fields.wrong("its mode is unknown")),
            },
            state: State::parse(fields.text("state")?).ok_or_else(|| fields.wrong("its state is unknown"))?,
            recipients: fields.unsigned("recipients")?,
            batch_recipients: batch_recipients(&fields)?,
            open_batches: fields.integer("open_batches")?,
            set_aside: fields.integer("set_aside")?,
            estimated_cost: fields.integer("estimated_cost")?,
            charged: fields.integer("charged")?,
            refunded: fields.integer("refunded")?,
            counts: Counts::read(fields)?,
            by_reason: (sum(&fields, &FAILED)?, sum(&fields, &CANCELLED)?),
            begun: fields.unsigned_set("begun")?,
            sent_by: fields.text_set("sent_by")?,
            created_at: fields.integer("created_at")?,
            scheduled_at: fields.optional_integer("scheduled_at")?,
            started_at: fields.optional_integer("started_at")?,
            finished_at: fields.optional_integer("finished_at")?,
            valid_until: fields.integer("valid_until")?,
            kept_until: fields.integer("kept_until")?,
            due_at: fields.optional_integer("due_at")?.filter(|_| is_due),
        })
    }

    pub fn starts_at(&self) -> i64 {
        self.scheduled_at.unwrap_or(self.created_at)
    }

    /// Money that is still reserved for it.
    pub fn held(&self) -> i128 {
        if self.is_live {
            i128::from(self.estimated_cost) - i128::from(self.charged) - i128::from(self.refunded)
        } else {
            0
        }
    }
}

fn sum(fields: &Fields<'_>, names: &[&str]) -> Result<i64, Unreadable> {
    names.iter().try_fold(0, |sum, name| Ok(sum + fields.optional_integer(name)?.unwrap_or_default()))
}

fn batch_recipients(fields: &Fields<'_>) -> Result<u64, Unreadable> {
    let size = fields.unsigned("batch_recipients")?;
    if (1..=BATCH_RECIPIENTS).contains(&size) {
        Ok(size)
    } else {
        Err(fields.wrong("no batch is of its size"))
    }
}

/// The terms of a campaign: its prices, and the segments of its text.
#[derive(Clone, Debug)]
pub struct Terms {
    tariff: Tariff,
    segments: u64,
}

impl Terms {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(TEXT, item)?;
        let tariff = Tariff::read(&fields.maps("tariff")?)?;
        Ok(Self { tariff, segments: segments(fields.text("message")?) })
    }

    /// The cost of a message to a recipient, in ten-thousandths; `None` without a price.
    pub fn price(&self, recipient: &Planned) -> Option<i128> {
        let per_segment = match recipient {
            Planned::Number(number) => self.tariff.per_segment(*number),
            Planned::Erased { prefix } => self.tariff.under(prefix),
        };
        per_segment.map(|price| i128::from(price) * i128::from(self.segments))
    }
}
