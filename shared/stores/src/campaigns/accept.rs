//! Accepting a campaign: first its batches, which nothing refers to yet; then one transaction that commits it.

use std::collections::HashMap;

use domain::{
    api_key::KeyMode,
    audience::Audience,
    batch::{self, BatchSize, Directory},
    campaign::{
        CampaignStatus,
        deadlines::{kept_until, next_look},
    },
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    money::Money,
    timestamp::{Millis, Timestamp},
    wallet::Posting,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    batches::{PLAN, PlanRecord},
    due::due_shard,
    header::{CampaignHeader, CampaignText, DIRECTORY, DirectoryRecord, HEADER, TEXT},
    keys::{directory_key, guard_key, header_key, plan_key, text_key},
    store::Campaigns,
};
use crate::{
    accounts::{
        idempotency::{Answer, Claim, Idempotency, KEPT},
        wallets::posting_writes,
    },
    error::StoreError,
    item::{Item, Key, check_refused, from_item, number, text, to_item},
    keys::organisation_partition,
    schema::TTL_ATTRIBUTE,
    table::{Change, RefusedWrite, Write},
};

const SPENT: &str = "what was spent on a day";
const GUARD: &str = "the guard against doubles";

/// The total cost of the campaigns accepted on a day, as it is stored. The first campaign of a day creates it.
#[derive(Deserialize)]
struct SpentRecord {
    spent: Money,
}

/// The last campaign of a text and some books, as it is stored.
#[derive(Serialize, Deserialize)]
struct GuardRecord {
    campaign: CampaignId,
    /// Until when the same text to the same books is a duplicate.
    ends_at: Timestamp,
    expires_at: i64,
}

/// Rejects the same text to the same books within a time, as a probable mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateGuard {
    /// A hash of the text and the books.
    pub fingerprint: String,
    pub window: Millis,
    /// Whether the sender allows a duplicate: it is recorded and not rejected.
    pub allowed: bool,
}

/// What one transaction commits.
pub struct Acceptance {
    /// Its state is queued or scheduled.
    pub header: CampaignHeader,
    pub text: CampaignText,
    /// The claim on the idempotency key, and the answer that repeated requests get.
    pub idempotency: Option<(Claim, Answer)>,
    /// The organisation's daily spend cap, and the day.
    pub daily_cap: Option<(Money, String)>,
    /// The duplicate guard, if the organisation has one.
    pub guard: Option<DuplicateGuard>,
}

/// The campaign is committed and will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted;

/// Why a campaign was not committed. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// The wallet's available balance is less than the cost.
    InsufficientBalance,
    /// The day's spending would pass the cap.
    SpendCapReached,
    /// This campaign sent the same text to the same books within the guard's window.
    Duplicate(CampaignId),
    /// Another request has taken over the claim on the idempotency key.
    ClaimLost,
}

/// What a write of the transaction is for.
#[derive(Clone, Copy)]
enum Part {
    Campaign,
    Money,
    Cap,
    Guard,
    Idempotency,
}

impl Campaigns {
    /// Writes a campaign's batches. They are invisible until [`Campaigns::accept`] commits the campaign.
    pub async fn write_batches(
        &self,
        key: CampaignKey,
        audience: &Audience,
        size: BatchSize,
        starts_at: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = kept_until(starts_at).secs();
        let plan = |batch: batch::RecipientBatch| {
            let record = PlanRecord { recipients: ByteBuf::from(batch.pack()), expires_at };
            to_item(&plan_key(key.batch(batch.number())), PLAN, &record)
        };
        let starts = ByteBuf::from(Directory::of(audience, size).encode());
        let directory = to_item(&directory_key(key), DIRECTORY, &DirectoryRecord { starts, expires_at });
        self.table.put_many(batch::split(audience, size).map(plan).chain([directory])).await
    }

    /// The total cost of the campaigns accepted on a day.
    pub async fn spent_on(&self, organisation: OrganisationId, day: &str) -> Result<Money, StoreError> {
        let item = self.accounts.get(&spend_key(organisation, day)).await?;
        let record = item.map(|item| from_item::<SpentRecord>(SPENT, item)).transpose()?;
        Ok(record.map_or(Money::ZERO, |record| record.spent))
    }

    /// The campaign that makes a new one a duplicate, unless duplicates are allowed.
    pub async fn sent_before(
        &self,
        organisation: OrganisationId,
        guard: &DuplicateGuard,
        now: Timestamp,
    ) -> Result<Option<CampaignId>, StoreError> {
        let item = self.table.get(&guard_key(organisation, &guard.fingerprint)).await?;
        let record = item.map(|item| from_item::<GuardRecord>(GUARD, item)).transpose()?;
        let counts = |record: &GuardRecord| !guard.allowed && record.ends_at >= now;
        Ok(record.filter(counts).map(|record| record.campaign))
    }

    /// Commits a campaign with its money, its answer and its guards, or changes nothing.
    pub async fn accept(
        &self,
        acceptance: &Acceptance,
        idempotency: &Idempotency,
        now: Timestamp,
    ) -> Result<Result<Accepted, NotAccepted>, StoreError> {
        let (parts, writes): (Vec<Part>, Vec<Write>) =
            self.acceptance_writes(acceptance, idempotency, now)?.into_iter().unzip();
        match self.table.transact(writes).await {
            Ok(Ok(())) => Ok(Ok(Accepted)),
            Ok(Err(refused)) => self.why_refused(acceptance, parts.get(refused.place), &refused).await,
            // The answer was lost, or other writes interfered: the stored header tells whether it is committed.
            Err(error) if self.is_committed(acceptance.header.key()).await => {
                tracing::warn!(%error, "a campaign was accepted though the answer was lost");
                Ok(Ok(Accepted))
            }
            Err(error) => Err(error),
        }
    }

    /// A campaign's number is never drawn twice, so that a stored header proves the commit.
    async fn is_committed(&self, key: CampaignKey) -> bool {
        matches!(self.header(key).await, Ok(Some(_)))
    }

    fn acceptance_writes(
        &self,
        acceptance: &Acceptance,
        idempotency: &Idempotency,
        now: Timestamp,
    ) -> Result<Vec<(Part, Write)>, StoreError> {
        let header = &acceptance.header;
        let key = header.key();
        let CampaignKey { organisation, campaign } = key;
        let mut writes = Vec::new();
        // First, so that a request whose claim was taken over is told that, and no later reason.
        if let Some((claim, answer)) = &acceptance.idempotency {
            let until = header.scheduled_at.unwrap_or(now).plus(KEPT);
            writes.push((Part::Idempotency, idempotency.completion_write(claim, answer, until)?));
        }
        if header.mode == KeyMode::Live {
            let reserve = [Posting::reserve(campaign, header.estimated_cost)];
            let postings = posting_writes(&self.accounts, organisation, &reserve, now)?;
            writes.extend(postings.into_iter().map(|write| (Part::Money, write)));
            if let Some((cap, day)) = &acceptance.daily_cap {
                writes
                    .push((Part::Cap, self.cap_write(organisation, *cap, day, header.estimated_cost, now)?));
            }
        }
        if let Some(guard) = &acceptance.guard {
            writes.push((Part::Guard, self.guard_write(key, guard, now)?));
        }
        let mut item = to_item(&header_key(key), HEADER, header)?;
        item.extend(due_attributes(header, now));
        writes.push((Part::Campaign, self.table.write_new(item)?));
        let item = to_item(&text_key(key), TEXT, &acceptance.text)?;
        writes.push((Part::Campaign, self.table.write_new(item)?));
        Ok(writes)
    }

    fn cap_write(
        &self,
        organisation: OrganisationId,
        cap: Money,
        day: &str,
        cost: Money,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let key = spend_key(organisation, day);
        // A cap below this campaign's cost rejects even the first campaign of a day.
        let room = cap.checked_sub(cost).unwrap_or_default().ten_thousandths();
        let condition = if room < 0 {
            "attribute_exists(never)"
        } else {
            "attribute_not_exists(spent) OR spent <= :room"
        };
        let mut change = Change::new(format!("ADD spent :cost SET {TTL_ATTRIBUTE} = :expires, v = :form"))
            .when(condition)
            .value(":cost", number(cost.ten_thousandths()))
            .value(":expires", number(now.plus(Millis::from_hours(72)).secs()));
        if room >= 0 {
            change = change.value(":room", number(room));
        }
        self.accounts.write_change(&key, change)
    }

    fn guard_write(
        &self,
        key: CampaignKey,
        guard: &DuplicateGuard,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let ends_at = now.plus(guard.window);
        let record = GuardRecord { campaign: key.campaign, ends_at, expires_at: ends_at.secs() + 1 };
        let item = to_item(&guard_key(key.organisation, &guard.fingerprint), GUARD, &record)?;
        // A guard of a newer form rejects even an allowed duplicate: a transaction cannot skip one of its writes.
        let condition = if guard.allowed {
            Change::default()
        } else {
            Change::only_if("attribute_not_exists(pk) OR ends_at < :now").value(":now", number(now.millis()))
        };
        self.table.write_put(item, condition)
    }

    async fn why_refused(
        &self,
        acceptance: &Acceptance,
        part: Option<&Part>,
        refused: &RefusedWrite,
    ) -> Result<Result<Accepted, NotAccepted>, StoreError> {
        if self.is_committed(acceptance.header.key()).await {
            return Ok(Ok(Accepted));
        }
        let standing = refused.item.as_ref();
        match part {
            Some(Part::Money) => Ok(Err(NotAccepted::InsufficientBalance)),
            Some(Part::Cap) => {
                check_refused(SPENT, standing)?;
                Ok(Err(NotAccepted::SpendCapReached))
            }
            Some(Part::Idempotency) => Ok(Err(NotAccepted::ClaimLost)),
            Some(Part::Guard) => {
                let earlier =
                    standing.cloned().map(|item| from_item::<GuardRecord>(GUARD, item)).transpose()?;
                let earlier = earlier.map_or(acceptance.header.campaign, |earlier| earlier.campaign);
                Ok(Err(NotAccepted::Duplicate(earlier)))
            }
            Some(Part::Campaign) | None => Err(StoreError::Contended { operation: "accepting a campaign" }),
        }
    }
}

fn spend_key(organisation: OrganisationId, day: &str) -> Key {
    Key::new(organisation_partition(organisation), format!("SPEND#{day}"))
}

fn due_attributes(header: &CampaignHeader, now: Timestamp) -> Item {
    let at = match header.state {
        CampaignStatus::Scheduled => header.scheduled_at.unwrap_or(now),
        _ => next_look(now),
    };
    HashMap::from([
        (crate::schema::DUE_SHARD.to_owned(), text(due_shard(header.organisation))),
        (crate::schema::DUE_AT.to_owned(), number(at.millis())),
    ])
}
