//! A batch's head: its state and its lease; claiming a batch and giving it back.

use std::collections::{BTreeSet, HashMap};

use domain::{
    batch::{Availability, BatchState},
    campaign::Counts,
    ids::{BatchNumber, Slot},
    keys::{BatchKey, CampaignKey},
    money::Money,
    settlement::BatchMoney,
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

/// A batch's head, the item that changes while the batch is worked on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeadState {
    pub state: BatchState,
    /// When the worker's lease ends.
    pub lease_until: Timestamp,
    /// No worker may claim the batch before: the provider asked for a pause.
    pub not_before: Timestamp,
    /// Pauses in a row that the provider asked for.
    pub delays: u32,
    /// How often the report sheet was written.
    pub reports_version: u64,
    /// When the report sheet was last written.
    pub reports_at: Option<Timestamp>,
    /// Money that is still reserved for unconfirmed recipients.
    pub held: Money,
    /// The recipients by status; set when the batch is closed.
    pub counts: Option<Counts>,
    pub closed_at: Option<Timestamp>,
}

/// The stored form of a head.
#[derive(Deserialize)]
pub(super) struct HeadRecord {
    state: StoredState,
    /// Absent once the batch is closed.
    #[serde(default)]
    lease_until: Timestamp,
    /// Absent unless the batch must wait.
    #[serde(default)]
    not_before: Timestamp,
    /// Absent until the provider asks for a pause: `ADD` counts from 0.
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
    closed_at: Option<Timestamp>,
    /// Absent until a report comes after the refund: `ADD` creates the set.
    #[serde(default)]
    pub(super) unpaid: BTreeSet<Slot>,
}

/// The stored state of a batch. An unknown state is rejected: treating it as open would make the batch unclaimable.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredState {
    Open,
    Closed,
    SetAside,
}

/// The heads of some batches.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Heads {
    /// By batch number; an untouched batch has no head.
    pub read: HashMap<BatchNumber, HeadState>,
    /// Batches whose head cannot be read. The next worker that runs such a batch sets it aside.
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
                closed_at: None,
            };
        };
        let HeadRecord {
            lease_until,
            not_before,
            delays,
            reports_version,
            reports_at,
            held,
            counts,
            closed_at,
            ..
        } = record;
        let state = match record.state {
            StoredState::Open => BatchState::Open,
            StoredState::Closed => BatchState::Closed,
            StoredState::SetAside => BatchState::SetAside,
        };
        Self { state, lease_until, not_before, delays, reports_version, reports_at, held, counts, closed_at }
    }

    /// Whether a worker may claim the batch, and from when on.
    pub const fn availability(&self) -> Availability {
        let Self { state, lease_until, not_before, .. } = *self;
        Availability { state, lease_until, not_before }
    }

    /// The state of the batch's money.
    pub const fn money(&self) -> BatchMoney {
        BatchMoney { state: self.state, held: self.held }
    }
}

/// The result of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claimed {
    /// The batch belongs to the caller's token until the lease ends.
    Ours,
    /// The batch cannot be claimed: another worker holds it, or it must wait, is closed or is set aside.
    Held,
}

/// When a worker may claim a batch that was given back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GiveBack {
    /// A worker may claim the batch at once.
    Now,
    /// A worker may claim the batch at the provider account's next free time.
    NotBefore(Timestamp),
    /// A worker may claim the batch at the end of a pause that the provider asked for. Such pauses are counted, because
    /// each is longer.
    PutOff(Timestamp),
}

impl Campaigns {
    /// Claims a batch until `lease_until`, under a token that no other worker has.
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
        .value(":kept", number(header.kept_until.secs()));
        let key = head_key(header.key.batch(batch));
        Ok(match self.table.update(&key, change).await? {
            Conditional::Applied => Claimed::Ours,
            Conditional::Refused(_) => Claimed::Held,
        })
    }

    /// Ends the lease on a batch early. Does nothing if another worker has claimed the batch since.
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
        self.table.update(&head_key(key), change).await.map(drop)
    }

    /// The heads of some batches.
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
                    tracing::warn!(%error, campaign.id = key.number(), batch.number = batch, "the head of \
                         a batch cannot be read and is skipped");
                    heads.unreadable.insert(batch);
                }
            }
        }
        Ok(heads)
    }
}
