//! A batch's hot item: its state, who holds it and until when, and taking it up and giving it back.

use std::collections::{BTreeSet, HashMap};

use domain::{
    campaign::Counts,
    ids::{BatchNumber, Slot},
    keys::{BatchKey, CampaignKey},
    money::Money,
    timestamp::Timestamp,
};

use super::{CampaignHeader, Campaigns, header::unreadable, keys::head_key};
use crate::{
    error::StoreError,
    item::{Item, Key, integer, number, text},
    schema::TTL_ATTRIBUTE,
    table::{Change, Conditional},
};

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

impl HeadState {
    pub(super) fn of(item: Option<&Item>) -> Self {
        let empty = Item::new();
        let item = item.unwrap_or(&empty);
        let state = match item.get("state").and_then(|state| state.as_s().ok()).map(String::as_str) {
            Some(CLOSED) => BatchState::Closed,
            Some(SET_ASIDE) => BatchState::SetAside,
            Some(_) => BatchState::Open,
            None => BatchState::Untouched,
        };
        let instant = |name| Timestamp::from_millis(integer(item, name));
        Self {
            state,
            lease_until: instant("lease_until"),
            not_before: instant("not_before"),
            delays: integer(item, "delays") as u32,
            reports_version: integer(item, "reports_version").unsigned_abs(),
            reports_at: item.contains_key("reports_at").then(|| instant("reports_at")),
            held: Money::from_ten_thousandths(integer(item, "held")),
            counts: item
                .get("counts")
                .and_then(|counts| serde_dynamo::from_attribute_value(counts.clone()).ok()),
        }
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

    /// The hot items of some batches, by number; untouched ones are absent.
    pub async fn heads(
        &self,
        key: CampaignKey,
        batches: impl IntoIterator<Item = BatchNumber>,
    ) -> Result<HashMap<BatchNumber, HeadState>, StoreError> {
        let numbers: HashMap<Key, BatchNumber> =
            batches.into_iter().map(|batch| (head_key(key.batch(batch)), batch)).collect();
        let items = self.table.get_many(numbers.keys().cloned().collect(), None).await?;
        let head = |item: &Item| Some((*numbers.get(&Key::of(item))?, HeadState::of(Some(item))));
        Ok(items.iter().filter_map(head).collect())
    }
}

/// Whoever takes a state that is none for an open one finds that nobody can claim the batch.
pub(super) fn check_state(head: &Item) -> Result<(), StoreError> {
    let state = head.get("state").and_then(|state| state.as_s().ok()).map(String::as_str);
    let is_known = state.is_some_and(|state| [OPEN, CLOSED, SET_ASIDE].contains(&state));
    if is_known { Ok(()) } else { Err(unreadable("a batch's head", "its state is unknown")) }
}

pub(super) fn unpaid_slots(head: &Item) -> BTreeSet<Slot> {
    let slots = head.get("unpaid").and_then(|slots| slots.as_ns().ok());
    slots.into_iter().flatten().filter_map(|slot| slot.parse().ok()).collect()
}
