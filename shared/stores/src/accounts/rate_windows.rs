//! Counts requests by organisation, key mode and minute. Test keys have their own windows, so they use up no request of
//! live keys.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{
    api_key::KeyMode,
    ids::OrganisationId,
    rate::{RateStatus, WINDOW, Window},
    timestamp::Timestamp,
};

use serde::Deserialize;

use crate::{
    error::StoreError,
    item::{Item, Key, from_item, number},
    keys::partition_of,
    schema::TTL_ATTRIBUTE,
    table::{Change, Table},
};

const WHAT: &str = "a minute's requests";
/// A minute's counter is of use for two minutes; this leaves room for clocks that differ.
const KEPT_WINDOWS: i64 = 5;

/// A window's counter. Every request adds to it, so that it is never absent.
#[derive(Deserialize)]
struct Counter {
    requests: u32,
}

impl Counter {
    /// Requests that an item has counted; 0 if the window has no item yet.
    fn requests_of(item: Option<Item>) -> Result<u32, StoreError> {
        Ok(item.map(|item| from_item::<Self>(WHAT, item)).transpose()?.map_or(0, |counter| counter.requests))
    }
}

/// The decision about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The request may proceed.
    Admitted(RateStatus),
    /// The request may not proceed before the status resets.
    Throttled(RateStatus),
}

#[derive(Clone, Debug)]
pub struct RateWindows {
    table: Table,
}

impl RateWindows {
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Counts a request if the window has room for it. A refused request is not counted, so a client that keeps asking
    /// does not extend its own refusal.
    pub async fn admit(
        &self,
        organisation: OrganisationId,
        mode: KeyMode,
        limit: u32,
        now: Timestamp,
    ) -> Result<Admission, StoreError> {
        let window = Window::at(now);
        let previous = self.table.get(&counter_key(organisation, mode, window.number - 1)).await?;
        let previous = Counter::requests_of(previous)?;
        let allowance = window.allowance(limit, previous);
        let change = Change::new(format!("ADD requests :one SET {TTL_ATTRIBUTE} = :expires, v = :form"))
            .when("(attribute_not_exists(pk) AND :allowance > :none) OR requests < :allowance")
            .value(":one", number(1))
            .value(":none", number(0))
            .value(":allowance", number(allowance))
            .value(":expires", number((window.number + KEPT_WINDOWS) * WINDOW.secs_rounded_up()));
        let key = counter_key(organisation, mode, window.number);
        let counted = self.table.update_returning(&key, change, ReturnValue::UpdatedNew).await?;
        Ok(match counted {
            Ok(item) => {
                let current = Counter::requests_of(Some(item))?;
                Admission::Admitted(window.status(limit, previous, current))
            }
            // With a limit of 0 a window without an item is refused too.
            Err(standing) => {
                let current = Counter::requests_of(standing)?;
                Admission::Throttled(window.status(limit, previous, current))
            }
        })
    }
}

fn counter_key(organisation: OrganisationId, mode: KeyMode, window: i64) -> Key {
    Key::new(partition_of(organisation, "RATE"), format!("{}#{window:012}", mode.as_str()))
}
