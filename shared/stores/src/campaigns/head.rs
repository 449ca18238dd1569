//! A batch's hot item: its state, who holds it and until when, and taking it up and giving it back.

use std::collections::{BTreeSet, HashMap};

use domain::{
    campaign::Counts,
    ids::{BatchNumber, Slot},
    keys::{BatchKey, CampaignKey},
    money::Money,
    timestamp::Timestamp,
};
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{header::CampaignHeader, keys::head_key, store::Campaigns};
use crate::{
    error::StoreError,
    item::{Key, from_item, number, text},
    schema::TTL_ATTRIBUTE,
    table::{Change, Conditional},
};

pub(super) const HEAD: &str = "a batch's head";
pub(super) const OPEN: &str = "open";
pub(super) const CLOSED: &str = "closed";
pub(super) const SET_ASIDE: &str = "set_aside";

/// A batch's hot item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeadState {
    /// Whether work is left.
    pub state: BatchState,
    /// Until when somebody holds it.
    pub lease_until: Timestamp,
    /// Not to be taken up before: the provider asked for time.
    pub not_before: Timestamp,
    /// Times in a row that the provider asked for time.
    pub delays: u32,
    /// Times the report sheet was written.
    pub reports_version: u64,
    /// When it was written last.
    pub reports_at: Option<Timestamp>,
    /// Money still reserved for its unconfirmed recipients.
    pub held: Money,
    /// Its recipients by status, once it is closed.
    pub counts: Option<Counts>,
}

/// How far a batch is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchState {
    /// Nobody has taken it up.
    Untouched,
    /// Work is left.
    Open,
    /// Everybody is handed over or given up, and the money has moved.
    Closed,
    /// It could not be read: nobody takes it up until an operator has mended it.
    SetAside,
}

/// A batch's hot item as it is stored.
#[derive(Deserialize)]
pub(super) struct HeadRecord {
    state: StoredState,
    /// Absent once the batch is closed.
    #[serde(default)]
    lease_until: Timestamp,
    /// Absent unless the batch is to wait.
    #[serde(default)]
    not_before: Timestamp,
    /// Absent until the provider asks for time: `ADD` counts from 0.
    #[serde(default)]
    delays: u32,
    /// Absent until the first report.
    #[serde(default)]
    reports_version: u64,
    reports_at: Option<Timestamp>,
    pub(super) reports: Option<ByteBuf>,
    /// Absent until the batch is closed.
    #[serde(default)]
    held: Money,
    counts: Option<Counts>,
    /// Absent until a report comes after the money has gone back: `ADD` begins the set.
    #[serde(default)]
    pub(super) unpaid: BTreeSet<Slot>,
}

/// How far a batch is, as a word. One that is not known would make a batch that nobody can claim.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredState {
    Open,
    Closed,
    SetAside,
}

/// The hot items of some batches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Heads {
    /// By batch; untouched ones are absent.
    pub read: HashMap<BatchNumber, HeadState>,
    /// Batches whose hot item cannot be read. The next worker that takes one up sets it aside.
    pub unreadable: BTreeSet<BatchNumber>,
}

impl HeadState {
    pub(super) fn of(record: Option<HeadRecord>) -> Self {
        let Some(record) = record else {
            return Self {
                state: BatchState::Untouched,
                lease_until: Timestamp::default(),
                not_before: Timestamp::default(),
                delays: 0,
                reports_version: 0,
                reports_at: None,
                held: Money::ZERO,
                counts: None,
            };
        };
        let HeadRecord { lease_until, not_before, delays, reports_version, reports_at, held, counts, .. } =
            record;
        let state = match record.state {
            StoredState::Open => BatchState::Open,
            StoredState::Closed => BatchState::Closed,
            StoredState::SetAside => BatchState::SetAside,
        };
        Self { state, lease_until, not_before, delays, reports_version, reports_at, held, counts }
    }

    /// Whether somebody may take the batch up now.
    pub fn is_free(&self, now: Timestamp) -> bool {
        let is_left = matches!(self.state, BatchState::Untouched | BatchState::Open);
        is_left && self.lease_until <= now && self.not_before <= now
    }
}

/// What became of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claimed {
    /// It is ours until the lease runs out, under our token.
    Ours,
    /// Somebody else holds it, it must wait, it is closed, or it is set aside.
    Held,
}

/// How a worker gives a batch back before its lease runs out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GiveBack {
    /// To be taken up at once.
    Now,
    /// Not before an instant: the account's time lies there.
    NotBefore(Timestamp),
    /// Not before an instant, since the provider asked for time; counted, so that the next wait is longer.
    PutOff(Timestamp),
}

impl Campaigns {
    /// Takes a batch up until `lease_until`, under a token that nobody else has.
    pub async fn claim(
        &self,
        header: &CampaignHeader,
        batch: BatchNumber,
        token: u64,
        lease_until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let change = Change::new(format!(
            "SET #state = :open, #token = :token, lease_until = :until, v = :form, {TTL_ATTRIBUTE} = :kept"
        ))
        .when(
            "attribute_not_exists(#state) OR (#state = :open AND lease_until <= :now \
                 AND (attribute_not_exists(not_before) OR not_before <= :now)) \
                 OR (#state = :open AND #token = :token)",
        )
        .name("#state", "state")
        .name("#token", "token")
        .value(":open", text(OPEN))
        .value(":token", number(token))
        .value(":until", number(lease_until.millis()))
        .value(":now", number(now.millis()))
        .value(":kept", number(header.kept_until().secs()));
        let key = head_key(header.key().batch(batch));
        Ok(match self.table.update(&key, change).await? {
            Conditional::Applied => Claimed::Ours,
            Conditional::Refused(_) => Claimed::Held,
        })
    }

    /// Gives a batch back before its lease runs out.
    pub async fn give_back(&self, key: BatchKey, token: u64, give_back: GiveBack) -> Result<(), StoreError> {
        let change = match give_back {
            GiveBack::Now => Change::new("SET lease_until = :zero REMOVE delays, not_before"),
            GiveBack::NotBefore(until) => {
                Change::new("SET lease_until = :zero, not_before = :until REMOVE delays")
                    .value(":until", number(until.millis()))
            }
            GiveBack::PutOff(until) => {
                Change::new("SET lease_until = :zero, not_before = :until ADD delays :one")
                    .value(":until", number(until.millis()))
                    .value(":one", number(1))
            }
        };
        let change = change
            .when("#token = :token AND #state = :open")
            .name("#token", "token")
            .name("#state", "state")
            .value(":token", number(token))
            .value(":open", text(OPEN))
            .value(":zero", number(0));
        // Refused: the lease had run out and somebody else holds the batch, which is what giving back is for.
        self.table.update(&head_key(key), change).await.map(drop)
    }

    /// The hot items of some batches.
    pub async fn heads(
        &self,
        key: CampaignKey,
        batches: impl IntoIterator<Item = BatchNumber>,
    ) -> Result<Heads, StoreError> {
        let numbers: HashMap<Key, BatchNumber> =
            batches.into_iter().map(|batch| (head_key(key.batch(batch)), batch)).collect();
        let mut heads = Heads::default();
        for item in self.table.get_many(numbers.keys().cloned().collect(), None).await? {
            let Some(&batch) = numbers.get(&Key::of(&item)) else { continue };
            match from_item::<HeadRecord>(HEAD, item) {
                Ok(record) => drop(heads.read.insert(batch, HeadState::of(Some(record)))),
                Err(error) => {
                    tracing::warn!(%error, campaign.id = key.number(), batch.number = batch, "a batch's head is passed over");
                    heads.unreadable.insert(batch);
                }
            }
        }
        Ok(heads)
    }
}
