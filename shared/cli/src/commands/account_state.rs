//! What keeps an account from sending, as the tables have it.

use domain::{
    ids::AccountName,
    pacing::{AccountTurns, Closure, Doubt},
    stop::{AccountHold, Stops},
    timestamp::{Millis, Offset, Timestamp},
};
use serde_json::{Value, json};
use stores::{StoreError, Stores};

/// An account's state at one time.
pub(super) struct AccountState<'a> {
    hold: Option<&'a AccountHold>,
    turns: AccountTurns,
    now: Timestamp,
}

impl<'a> AccountState<'a> {
    pub(super) async fn read(
        stores: &Stores,
        account: AccountName,
        stops: &'a Stops,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let turns = stores.campaigns.account_turns(account).await?.turns().clone();
        Ok(Self { hold: stops.hold(account), turns, now })
    }

    /// Whether a group would be handed over to it now.
    pub(super) fn is_open(&self) -> bool {
        let is_closed = self.doubt().lasts() || self.closure().is_some();
        self.hold.is_none() && !is_closed && self.paused_for() == Millis(0)
    }

    fn doubt(&self) -> Doubt {
        self.turns.doubt()
    }

    fn closure(&self) -> Option<Closure> {
        self.turns.closure()
    }

    fn paused_for(&self) -> Millis {
        self.turns.closed_until().since(self.now).max(Millis(0))
    }

    /// The state in one word.
    pub(super) fn word(&self) -> &'static str {
        match (self.hold, self.doubt().lasts(), self.is_open()) {
            (Some(_), ..) => "held",
            (None, true, _) => "in_doubt",
            (None, false, false) if self.closure().is_some() => "faulty",
            (None, false, false) => "paused",
            (None, false, true) => "open",
        }
    }

    /// The state in a sentence.
    pub(super) fn text(&self) -> String {
        let mut parts = Vec::new();
        if let Some(hold) = self.hold {
            let reason = hold.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            parts.push(format!("held since {}{reason}", time(hold.since)));
        }
        if let Some(since) = self.doubt().since() {
            let calls = self.doubt().calls();
            parts.push(format!(
                "in doubt since {}, {calls} calls unanswered, next probe at {}",
                time(since),
                time(self.turns.closed_until())
            ));
        } else if self.paused_for() > Millis(0) {
            parts.push(format!("paused by its provider until {}", time(self.turns.closed_until())));
        }
        if let Some(closure) = self.closure() {
            let (fault, since) = (closure.fault().code(), time(closure.since()));
            parts.push(format!("{fault} since {since}, next try at {}", time(closure.next_probe_at())));
        }
        if parts.is_empty() { "open".to_owned() } else { parts.join("; ") }
    }

    /// With the booked time, if there is one.
    pub(super) fn booked(&self) -> String {
        match self.turns.booked_ahead(self.now) {
            Millis(..=0) => String::new(),
            ahead => format!(", {} ms booked ahead", ahead.0),
        }
    }

    /// The fields of a document.
    pub(super) fn document(&self) -> Value {
        let closed_until = (self.paused_for() > Millis(0)).then(|| time(self.turns.closed_until()));
        json!({
            "state": self.word(),
            "held": self.hold.map(|hold| json!({"since": time(hold.since), "reason": hold.reason})),
            "in_doubt_since": self.doubt().since().map(time),
            "fault": self.closure().map(|closure| json!({"fault": closure.fault().code(), "since": time(closure.since())})),
            "closed_until": closed_until,
            "booked_ahead_ms": self.turns.booked_ahead(self.now).0,
        })
    }
}

fn time(instant: Timestamp) -> String {
    instant.rfc3339(Offset::UTC)
}
