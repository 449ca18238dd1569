//! The accept: batches first, unseen; then one transaction that is the moment of truth.

use std::collections::HashMap;

use domain::{
    api_key::KeyMode,
    audience::Audience,
    batch::{self, BatchSize, Directory},
    campaign::CampaignStatus,
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
    due::{due_at, due_shard},
    header::{CampaignHeader, CampaignText, DIRECTORY, DirectoryRecord, HEADER, RETENTION, TEXT},
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

/// What campaigns accepted on a day cost. The first adds to it, so that it is never absent.
#[derive(Deserialize)]
struct SpentRecord {
    spent: Money,
}

/// The campaign that sent a text to some books last.
#[derive(Serialize, Deserialize)]
struct GuardRecord {
    campaign: CampaignId,
    /// Until when sending the same is a mistake.
    ends_at: Timestamp,
    expires_at: i64,
}

/// The same text to the same books within a time is a mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateGuard {
    /// Names text and books.
    pub fingerprint: String,
    /// How long.
    pub window: Millis,
    /// Whether the sender said that it is meant: recorded, not refused.
    pub allowed: bool,
}

/// All that is committed together.
pub struct Acceptance {
    /// The campaign, queued or scheduled.
    pub header: CampaignHeader,
    /// Its text.
    pub text: CampaignText,
    /// The answer to be replayed, under the claim on its key.
    pub idempotency: Option<(Claim, Answer)>,
    /// The organisation's cap on a day's spending, with that day.
    pub daily_cap: Option<(Money, String)>,
    /// The guard against doubles, where the organisation has one.
    pub guard: Option<DuplicateGuard>,
}

/// It is committed: this will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted;

/// Nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAccepted {
    /// The wallet's available balance is less than the cost.
    InsufficientBalance,
    /// The day's spending would pass the cap.
    SpendCapReached,
    /// The same was sent just now, as this campaign.
    Duplicate(CampaignId),
    /// The claim on the idempotency key was lost to another request.
    ClaimLost,
}

/// Which write of the transaction is which.
#[derive(Clone, Copy)]
enum Part {
    Campaign,
    Money,
    Cap,
    Guard,
    Idempotency,
}

impl Campaigns {
    /// Writes a campaign's batches. Until [`Campaigns::accept`] names them nobody can see them.
    pub async fn write_batches(
        &self,
        key: CampaignKey,
        audience: &Audience,
        size: BatchSize,
        starts_at: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = starts_at.plus(RETENTION).secs();
        let plan = |batch: batch::RecipientBatch| {
            let record = PlanRecord { recipients: ByteBuf::from(batch.pack()), expires_at };
            to_item(&plan_key(key.batch(batch.number())), PLAN, &record)
        };
        let starts = ByteBuf::from(Directory::of(audience, size).encode());
        let directory = to_item(&directory_key(key), DIRECTORY, &DirectoryRecord { starts, expires_at });
        self.table.put_many(batch::split(audience, size).map(plan).chain([directory])).await
    }

    /// What campaigns accepted on a day cost together.
    pub async fn spent_on(&self, organisation: OrganisationId, day: &str) -> Result<Money, StoreError> {
        let item = self.accounts.get(&spend_key(organisation, day)).await?;
        let record = item.map(|item| from_item::<SpentRecord>(SPENT, item)).transpose()?;
        Ok(record.map_or(Money::ZERO, |record| record.spent))
    }

    /// The campaign that sent the same within the guard's window.
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

    /// Commits a campaign with its money, its answer and its guards; or nothing.
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
            // Its answer was lost, or others stood in its way: whether it is committed, the campaign says.
            Err(error) if self.is_committed(acceptance.header.key()).await => {
                tracing::warn!(%error, "a campaign was accepted though the answer was lost");
                Ok(Ok(Accepted))
            }
            Err(error) => Err(error),
        }
    }

    /// Campaign numbers are drawn once: a campaign of this number is this very one.
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
        // First: where another request has taken the key over, that is what this one must hear.
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
        // A cap below this one cost refuses even the day's first campaign.
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
        // A guard of a newer form refuses even a duplicate that is meant: a transaction cannot leave one of its writes
        // out.
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
        _ => due_at(now),
    };
    HashMap::from([
        (crate::schema::DUE_SHARD.to_owned(), text(due_shard(header.organisation))),
        (crate::schema::DUE_AT.to_owned(), number(at.millis())),
    ])
}
