//! Accepts a campaign: first writes its batches, which nothing refers to yet, then commits it in one transaction.

use std::collections::HashMap;

use domain::{
    acceptance::{Condition, NewCampaign, Refusal, SPENDING_KEPT, room_under_cap},
    api_key::KeyMode,
    audience::Audience,
    batch::{self, BatchSize, Directory},
    duplicate::{DuplicateGuard, EarlierSend, Fingerprint, Repetition},
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    money::Money,
    timestamp::Timestamp,
    wallet::Posting,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    again::SendAgain,
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
    keys::partition_of,
    schema::TTL_ATTRIBUTE,
    table::{Change, RefusedWrite, Write},
};

const SPENT: &str = "the money spent on a day";
const TESTS: &str = "the test campaigns of a day";
const GUARD: &str = "the guard against doubles";

/// The stored total cost of the campaigns accepted on a day. The first campaign of a day creates it.
#[derive(Deserialize)]
struct SpentRecord {
    spent: Money,
}

/// The stored count of recipients of the test campaigns accepted on a day. The first campaign of a day creates it.
#[derive(Deserialize)]
struct TestsRecord {
    recipients: u64,
}

/// The stored guard against duplicates: the last campaign of a text and some books.
#[derive(Serialize, Deserialize)]
struct GuardRecord {
    campaign: CampaignId,
    /// Until when the same text to the same books is a duplicate.
    ends_at: Timestamp,
    /// The `ends_at` of the send before, if this one repeated it on purpose.
    repeated_until: Option<Timestamp>,
    expires_at: i64,
}

/// The content of the transaction that accepts a campaign.
pub struct Acceptance {
    pub begins: NewCampaign,
    /// In the state queued or scheduled.
    pub header: CampaignHeader,
    pub text: CampaignText,
    /// The claim on the idempotency key, and the answer that repeated requests get.
    pub idempotency: Option<(Claim, Answer)>,
    /// The daily spend cap, if the organisation has one.
    pub daily_cap: Option<DailyCap>,
    /// The daily cap of test recipients, for a test campaign.
    pub test_cap: Option<TestCap>,
    /// The duplicate guard, if the organisation has one.
    pub guard: Option<DuplicateGuard>,
    /// The mark on the campaign whose recipients this one sends to again.
    pub again: Option<SendAgain>,
}

/// An organisation's daily spend cap.
pub struct DailyCap {
    /// The most that campaigns accepted on one day may cost together.
    pub cap: Money,
    /// The day, in the organisation's time.
    pub day: String,
}

/// An organisation's daily cap of test recipients.
pub struct TestCap {
    /// The most that test campaigns accepted on one day may have together.
    pub cap: u64,
    /// The day, in the organisation's time.
    pub day: String,
}

/// The campaign is committed and will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted;

/// The purpose of a write of the transaction. The writes have this order, and the first one that is refused is
/// reported.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Condition(Condition),
    Campaign,
}

impl Campaigns {
    /// Writes the batches of a campaign. They are invisible until [`Campaigns::accept`] commits it. A test campaign has no
    /// directory, since no report is ever about it.
    pub async fn write_batches(
        &self,
        key: CampaignKey,
        mode: KeyMode,
        audience: &Audience,
        size: BatchSize,
        kept_until: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = kept_until.secs();
        let plan = |batch: batch::RecipientBatch| {
            let record =
                PlanRecord { recipients: ByteBuf::from(batch.pack()), erased: Vec::new(), expires_at };
            to_item(&plan_key(key.batch(batch.number())), PLAN, &record)
        };
        let directory = || {
            let starts = ByteBuf::from(Directory::of(audience, size).encode());
            to_item(&directory_key(key), DIRECTORY, &DirectoryRecord { starts, expires_at })
        };
        let directory = (mode == KeyMode::Live).then(directory);
        self.table.put_many(batch::split(audience, size).map(plan).chain(directory)).await
    }

    /// Deletes the batches of a refused send, which otherwise stay until their retention is over. A committed campaign
    /// keeps its batches.
    pub async fn discard_batches(&self, refused: &CampaignHeader) -> Result<(), StoreError> {
        let key = refused.key;
        if self.header(key).await?.is_some() {
            return Ok(());
        }
        let plans = (0..refused.batches()).map(|batch| plan_key(key.batch(batch)));
        self.table.delete_many(plans.chain([directory_key(key)]).collect()).await
    }

    /// The total cost of the campaigns accepted on a day.
    pub async fn spent_on(&self, organisation: OrganisationId, day: &str) -> Result<Money, StoreError> {
        let item = self.accounts.get(&spend_key(organisation, day)).await?;
        let record = item.map(|item| from_item::<SpentRecord>(SPENT, item)).transpose()?;
        Ok(record.map_or(Money::ZERO, |record| record.spent))
    }

    /// The recipients of the test campaigns accepted on a day.
    pub async fn tested_on(&self, organisation: OrganisationId, day: &str) -> Result<u64, StoreError> {
        let item = self.accounts.get(&tests_key(organisation, day)).await?;
        let record = item.map(|item| from_item::<TestsRecord>(TESTS, item)).transpose()?;
        Ok(record.map_or(0, |record| record.recipients))
    }

    /// The last accepted send of a text to some books.
    pub async fn last_send(
        &self,
        organisation: OrganisationId,
        fingerprint: &Fingerprint,
    ) -> Result<Option<EarlierSend>, StoreError> {
        let item = self.table.get(&guard_key(organisation, fingerprint.as_str())).await?;
        let record = item.map(|item| from_item::<GuardRecord>(GUARD, item)).transpose()?;
        Ok(record.map(|GuardRecord { campaign, ends_at, repeated_until, .. }| EarlierSend {
            campaign,
            ends_at,
            repeated_until,
        }))
    }

    /// Commits a campaign with its money, its answer and its guards, or changes nothing.
    pub async fn accept(
        &self,
        acceptance: &Acceptance,
        idempotency: &Idempotency,
        now: Timestamp,
    ) -> Result<Result<Accepted, Refusal>, StoreError> {
        let (parts, writes): (Vec<Part>, Vec<Write>) =
            self.acceptance_writes(acceptance, idempotency, now)?.into_iter().unzip();
        match self.table.transact(writes).await {
            Ok(Ok(())) => Ok(Ok(Accepted)),
            Ok(Err(refused)) => self.why_refused(acceptance, parts.get(refused.place), &refused).await,
            // The answer was lost, or other writes interfered: the stored header shows whether it is committed.
            Err(error) if self.is_committed(acceptance.header.key).await => {
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
        let Acceptance { header, begins, .. } = acceptance;
        let key = header.key;
        let CampaignKey { organisation, campaign } = key;
        let mut writes = Vec::new();
        if let Some((claim, answer)) = &acceptance.idempotency {
            let until = begins.starts_at.plus(KEPT);
            let write = idempotency.completion_write(claim, answer, until)?;
            writes.push((Part::Condition(Condition::ClaimHeld), write));
        }
        if header.mode == KeyMode::Live {
            let reserve = [Posting::reserve(campaign, begins.reserved)];
            let postings = posting_writes(&self.accounts, organisation, &reserve, now)?;
            let part = Part::Condition(Condition::Affordable);
            writes.extend(postings.into_iter().map(|write| (part, write)));
            if let Some(cap) = &acceptance.daily_cap {
                let write = self.cap_write(organisation, cap, begins.reserved, now)?;
                writes.push((Part::Condition(Condition::WithinDailyCap), write));
            }
        }
        if let Some(cap) = &acceptance.test_cap {
            let write = self.test_cap_write(organisation, cap, header.recipients, now)?;
            writes.push((Part::Condition(Condition::WithinTestCap), write));
        }
        if let Some(guard) = &acceptance.guard {
            let write = self.guard_write(key, guard, now)?;
            writes.push((Part::Condition(Condition::NoDuplicate), write));
        }
        if let Some(again) = &acceptance.again {
            let write = self.again_write(again, campaign)?;
            writes.push((Part::Condition(Condition::NotSentAgain), write));
        }
        let mut item = to_item(&header_key(key), HEADER, header)?;
        item.extend(due_attributes(organisation, begins));
        writes.push((Part::Campaign, self.table.write_new(item)?));
        let mut item = to_item(&text_key(key), TEXT, &acceptance.text)?;
        item.insert(TTL_ATTRIBUTE.to_owned(), number(header.kept_until.secs()));
        writes.push((Part::Campaign, self.table.write_new(item)?));
        writes.sort_by_key(|(part, _)| *part);
        Ok(writes)
    }

    fn cap_write(
        &self,
        organisation: OrganisationId,
        DailyCap { cap, day }: &DailyCap,
        cost: Money,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let key = spend_key(organisation, day);
        let change = Change::new(format!("ADD spent :cost SET {TTL_ATTRIBUTE} = :expires, v = :form"))
            .value(":cost", number(cost.ten_thousandths()))
            .value(":expires", number(now.plus(SPENDING_KEPT).secs()));
        let change = match room_under_cap(*cap, cost) {
            Some(room) => change
                .when("attribute_not_exists(spent) OR spent <= :room")
                .value(":room", number(room.ten_thousandths())),
            // Even the first campaign of the day exceeds the cap. The write keeps its place in the transaction, with a
            // condition that always fails.
            None => change.when("attribute_exists(never)"),
        };
        self.accounts.write_change(&key, change)
    }

    fn test_cap_write(
        &self,
        organisation: OrganisationId,
        TestCap { cap, day }: &TestCap,
        recipients: u64,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        let key = tests_key(organisation, day);
        let change = Change::new(format!("ADD recipients :more SET {TTL_ATTRIBUTE} = :expires, v = :form"))
            .value(":more", number(recipients))
            .value(":expires", number(now.plus(SPENDING_KEPT).secs()));
        let change = match cap.checked_sub(recipients) {
            Some(room) => change
                .when("attribute_not_exists(recipients) OR recipients <= :room")
                .value(":room", number(room)),
            // The cap rejects even the first campaign of a day.
            None => change.when("attribute_exists(never)"),
        };
        self.accounts.write_change(&key, change)
    }

    fn guard_write(
        &self,
        key: CampaignKey,
        guard: &DuplicateGuard,
        now: Timestamp,
    ) -> Result<Write, StoreError> {
        const RECORD: &str = "campaign = :campaign, ends_at = :ends_at, expires_at = :expires_at, v = :form";
        const FREE: &str = "attribute_not_exists(pk) OR ends_at < :now OR (campaign = :replaced AND \
                            (attribute_not_exists(repeated_until) OR repeated_until < :now))";
        let ends_at = guard.ends_at(now);
        // A guard of a newer form rejects even an allowed duplicate: a transaction cannot skip one of its writes.
        let change = match guard.repetition {
            Repetition::Meant => {
                Change::new(format!("SET repeated_until = if_not_exists(ends_at, :never), {RECORD}"))
                    .value(":never", number(0))
            }
            Repetition::Mistake => Change::new(format!("SET {RECORD} REMOVE repeated_until"))
                .when(FREE)
                .value(":now", number(now.millis()))
                // Campaigns are counted from 1.
                .value(":replaced", number(guard.replaces.map_or(0, CampaignId::get))),
        };
        let change = change
            .value(":campaign", number(key.campaign.get()))
            .value(":ends_at", number(ends_at.millis()))
            .value(":expires_at", number(ends_at.secs() + 1));
        self.table.write_change(&guard_key(key.organisation, guard.fingerprint.as_str()), change)
    }

    async fn why_refused(
        &self,
        acceptance: &Acceptance,
        part: Option<&Part>,
        refused: &RefusedWrite,
    ) -> Result<Result<Accepted, Refusal>, StoreError> {
        if self.is_committed(acceptance.header.key).await {
            return Ok(Ok(Accepted));
        }
        let Some(Part::Condition(condition)) = part else {
            return Err(StoreError::Contended { operation: "accepting a campaign" });
        };
        let found = refused.item.as_ref();
        Ok(Err(match condition {
            Condition::ClaimHeld => Refusal::ClaimLost,
            Condition::Affordable => Refusal::InsufficientBalance,
            Condition::WithinDailyCap => {
                check_refused(SPENT, found)?;
                Refusal::SpendCapReached
            }
            Condition::WithinTestCap => {
                check_refused(TESTS, found)?;
                Refusal::TestCapReached
            }
            Condition::NoDuplicate => {
                let earlier = found.cloned().map(|item| from_item::<GuardRecord>(GUARD, item)).transpose()?;
                Refusal::Duplicate(earlier.map_or(acceptance.header.key.campaign, |earlier| earlier.campaign))
            }
            Condition::NotSentAgain => {
                let earlier =
                    found.cloned().map(|item| from_item::<CampaignHeader>(HEADER, item)).transpose()?;
                let again = acceptance.again.as_ref();
                let campaign = earlier.zip(again).and_then(|(earlier, again)| again.repeats(&earlier));
                Refusal::SentAgain(campaign.unwrap_or(acceptance.header.key.campaign))
            }
        }))
    }
}

fn spend_key(organisation: OrganisationId, day: &str) -> Key {
    Key::new(partition_of(organisation, "SPEND"), day)
}

fn tests_key(organisation: OrganisationId, day: &str) -> Key {
    Key::new(partition_of(organisation, "SPEND"), format!("TESTS#{day}"))
}

fn due_attributes(organisation: OrganisationId, begins: &NewCampaign) -> Item {
    HashMap::from([
        (crate::schema::DUE_SHARD.to_owned(), text(due_shard(organisation, begins.send.mode))),
        (crate::schema::DUE_AT.to_owned(), number(begins.due_at.millis())),
    ])
}
