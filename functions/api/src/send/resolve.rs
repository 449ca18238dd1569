//! Resolves books to an audience: reads headers, rosters and opt-outs, then merges them leaf by leaf.

use std::collections::BTreeMap;

use domain::{
    audience::{Audience, MAX_RECIPIENTS, SkipReason, Skipped},
    ids::{BookId, OrganisationId},
    organisation::{NotMobile, Organisation},
    packed::{self, PackedError},
    timestamp::Timestamp,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use stores::{
    StoreError, Stores,
    books::{Book, Roster},
};
use web::{ApiError, ErrorCode};

use super::{request::SendGroup, routed};
use crate::{api::Api, routing::OrganisationRouting};

/// Rosters that are read at the same time.
const ROSTERS_AT_ONCE: usize = 16;

/// The recipients, and their books.
pub struct Resolved {
    pub audience: Audience,
    /// The routes of these recipients.
    pub routing: OrganisationRouting,
    /// The books that exist, in the order they were named.
    pub books: Vec<BookName>,
    /// The ids that are no book of this organisation.
    pub unknown: Vec<BookId>,
    /// The opt-outs' version that the audience was made with.
    pub opt_outs_version: u64,
}

/// A book of a send.
pub struct BookName {
    pub id: BookId,
    pub name: String,
}

/// The organisation's opt-outs, packed by leaf.
pub struct OptOuts {
    pub version: u64,
    pub leaves: BTreeMap<u8, Vec<u8>>,
}

/// Resolves a request's books to its audience.
pub async fn resolve(
    api: &Api,
    organisation: &Organisation,
    request: &SendGroup,
    now: Timestamp,
) -> Result<Resolved, ApiError> {
    let stores = &api.backend.stores;
    let headers = stores.books.headers(organisation.id, &request.group_ids, now);
    let (headers, read) = tokio::join!(headers, read_opt_outs_and_routes(api, organisation.id));
    let (headers, (opt_outs, routing)) = (headers?, read?);
    let missing = request.group_ids.iter().zip(&headers).filter(|(_, book)| book.is_none());
    let unknown: Vec<BookId> = missing.map(|(id, _)| *id).collect();
    let books: Vec<Book> = headers.into_iter().flatten().collect();
    if books.is_empty() {
        let detail = "No matching address books found for the provided IDs.";
        return Err(ApiError::new(ErrorCode::AddressBookNotFound, detail));
    }
    let rosters = read_rosters(stores, organisation.id, &books).await?;
    let mut audience = merge(organisation, &rosters, &opt_outs)?;
    routed::check(&routing, &request.sender, &mut audience)?;
    match audience.recipients().len() {
        0 => Err(no_reachable_recipient(audience.skipped(), &unknown)),
        count if count > MAX_RECIPIENTS => Err(too_many(count)),
        _ => {
            let books = books.into_iter().map(|Book { id, name, .. }| BookName { id, name }).collect();
            Ok(Resolved { audience, routing, books, unknown, opt_outs_version: opt_outs.version })
        }
    }
}

/// Reads the version first: a change after it is noticed when a batch is dispatched.
async fn read_opt_outs(stores: &Stores, organisation: OrganisationId) -> Result<OptOuts, StoreError> {
    let opt_outs = &stores.accounts.opt_outs;
    let version = opt_outs.version(organisation).await?;
    let leaves = if version == 0 { BTreeMap::new() } else { opt_outs.leaves(organisation, None).await? };
    Ok(OptOuts { version, leaves })
}

/// Reads both one after the other: side by side they would open another connection at a cold start.
pub async fn read_opt_outs_and_routes(
    api: &Api,
    organisation: OrganisationId,
) -> Result<(OptOuts, OrganisationRouting), StoreError> {
    let opt_outs = read_opt_outs(&api.backend.stores, organisation).await?;
    Ok((opt_outs, OrganisationRouting::read(api, organisation).await?))
}

async fn read_rosters(
    stores: &Stores,
    organisation: OrganisationId,
    books: &[Book],
) -> Result<Vec<Roster>, StoreError> {
    let reads: Vec<_> = books.iter().map(|book| stores.books.roster(organisation, book)).collect();
    stream::iter(reads).buffered(ROSTERS_AT_ONCE).try_collect().await
}

fn merge(organisation: &Organisation, rosters: &[Roster], opt_outs: &OptOuts) -> Result<Audience, ApiError> {
    let contacts: usize = rosters.iter().map(contacts_of).sum();
    let mut audience = Audience::with_capacity(contacts.min(MAX_RECIPIENTS));
    for leaf in 0..=u8::MAX {
        let opted_out = opt_outs.leaves.get(&leaf).map(Vec::as_slice);
        add_leaf(&mut audience, organisation.not_mobile, rosters, leaf, opted_out)
            .map_err(|error| StoreError::Unreadable { what: "a roster", reason: error.to_string() })?;
    }
    audience.skip(SkipReason::NoPhone, rosters.iter().map(Roster::no_phone_count).sum());
    audience.retain(SkipReason::Unpriced, |number| organisation.tariff.price(number).is_some());
    Ok(audience)
}

/// Adds one leaf of every book. Numbers that are not mobile are counted, or sent to if the organisation allows it.
fn add_leaf(
    audience: &mut Audience,
    not_mobile: NotMobile,
    rosters: &[Roster],
    leaf: u8,
    opted_out: Option<&[u8]>,
) -> Result<(), PackedError> {
    let mut mobiles: Vec<&[u8]> = rosters.iter().filter_map(|roster| roster.mobiles(leaf)).collect();
    let others: Vec<&[u8]> = rosters.iter().filter_map(|roster| roster.others(leaf)).collect();
    match not_mobile {
        NotMobile::Allow => mobiles.extend(others),
        NotMobile::Skip => audience.skip_leaf(SkipReason::NotMobile, &others)?,
    }
    audience.add_leaf(&mobiles, opted_out)
}

/// Numbers of a roster to which texts can be sent.
fn contacts_of(roster: &Roster) -> usize {
    let leaves = (0..=u8::MAX).flat_map(|leaf| [roster.mobiles(leaf), roster.others(leaf)]).flatten();
    leaves.map(|leaf| packed::count(leaf).unwrap_or_default() as usize).sum()
}

fn no_reachable_recipient(skipped: Skipped, unknown: &[BookId]) -> ApiError {
    let left_out = [
        (skipped.no_phone, "without a phone number"),
        (skipped.opted_out, "opted out"),
        (skipped.not_mobile, "with a number that is not mobile"),
        (skipped.unpriced, "without a price for their destination"),
        (skipped.unrouted, "to a destination that no provider account sends to"),
    ];
    let reasons: Vec<String> = left_out
        .into_iter()
        .filter(|(contacts, _)| *contacts > 0)
        .map(|(contacts, reason)| format!("{contacts} {reason}"))
        .collect();
    let why = if reasons.is_empty() { "they are empty".to_owned() } else { reasons.join(", ") };
    let detail = format!("The selected address books have no contact that can be sent to: {why}.");
    ApiError::new(ErrorCode::NoReachableRecipient, detail)
        .with("skipped", json!(skipped))
        .with("unknown_group_ids", json!(unknown))
}

fn too_many(count: usize) -> ApiError {
    let detail = format!("A campaign has at most {MAX_RECIPIENTS} recipients; these books have {count}.");
    ApiError::new(ErrorCode::TooManyRecipients, detail)
}
