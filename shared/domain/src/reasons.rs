//! Counts why recipients of a campaign were never sent to, by the causes that are final.
//!
//! A campaign's header adds them up when its batches are closed, each as an attribute. Their sums are the counts of
//! failed and of cancelled recipients. The outcomes of other recipients may still change with a report, so their causes
//! are not stored.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::{
    delivery::DeliveryStatus,
    journal::{Cause, DropReason, SlotState},
    outcome::RefusalReason,
};

/// A final cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// The provider refused the recipient.
    Refused(RefusalReason),
    /// The recipient was not handed over.
    Dropped(DropReason),
}

/// Recipients by reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reasons([i64; Reason::ALL.len()]);

impl Reason {
    pub const ALL: [Self; 13] = [
        Self::Refused(RefusalReason::InvalidNumber),
        Self::Refused(RefusalReason::UnsupportedDestination),
        Self::Refused(RefusalReason::OptedOut),
        Self::Refused(RefusalReason::DoNotDisturb),
        Self::Refused(RefusalReason::NotRouted),
        Self::Refused(RefusalReason::Rejected),
        Self::Refused(RefusalReason::TooLong),
        Self::Refused(RefusalReason::Unlisted),
        Self::Dropped(DropReason::OptedOut),
        Self::Dropped(DropReason::Cancelled),
        Self::Dropped(DropReason::Expired),
        Self::Dropped(DropReason::GivenUp),
        Self::Dropped(DropReason::Unrouted),
    ];

    /// The reason of a recipient's state; `None` if it has no cause, or if a report may change it.
    pub fn of(state: &SlotState) -> Option<Self> {
        match state.cause.as_ref()? {
            Cause::Refused(reason, _) => Some(Self::Refused(*reason)),
            Cause::Dropped(reason) => Some(Self::Dropped(*reason)),
            Cause::NoAnswer | Cause::Unlisted(_) => None,
        }
    }

    /// The reasons of failed recipients that have this code: an opt-out may be known to us or to the provider.
    pub fn of_failed(code: &str) -> impl Iterator<Item = Self> {
        let is_of = move |reason: &Self| reason.status() == DeliveryStatus::Failed && reason.code() == code;
        Self::ALL.into_iter().filter(is_of)
    }

    /// The status of its recipients.
    pub const fn status(self) -> DeliveryStatus {
        match self {
            Self::Refused(_) => DeliveryStatus::Failed,
            Self::Dropped(reason) => reason.status(),
        }
    }

    /// The stable code that a customer reads.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused(reason) => reason.code(),
            Self::Dropped(reason) => reason.code(),
        }
    }

    /// The sentence that a customer reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Refused(reason) => reason.sentence(),
            Self::Dropped(reason) => reason.sentence(),
        }
    }

    /// The name of its stored count: a letter for the status, since two statuses share a code, and the code.
    pub fn attribute(self) -> String {
        let status = match self.status() {
            DeliveryStatus::Cancelled => 'c',
            _ => 'f',
        };
        format!("{status}_{}", self.code())
    }

    fn place(self) -> Option<usize> {
        Self::ALL.iter().position(|reason| *reason == self)
    }
}

impl Reasons {
    pub fn of<'a>(states: impl IntoIterator<Item = &'a SlotState>) -> Self {
        let mut reasons = Self::default();
        states.into_iter().filter_map(Reason::of).for_each(|reason| reasons.add(reason, 1));
        reasons
    }

    /// The sum of two.
    pub fn plus(mut self, other: Self) -> Self {
        other.iter().for_each(|(reason, count)| self.add(reason, count));
        self
    }

    /// The reasons of at least one recipient, each with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Reason, i64)> + '_ {
        Reason::ALL.into_iter().zip(self.0).filter(|(_, count)| *count != 0)
    }

    fn add(&mut self, reason: Reason, recipients: i64) {
        if let Some(count) = reason.place().and_then(|place| self.0.get_mut(place)) {
            *count += recipients;
        }
    }
}

impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (reason, count) in self.iter() {
            map.serialize_entry(&reason.attribute(), &count)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Reasons {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Attributes;
        impl<'de> Visitor<'de> for Attributes {
            type Value = Reasons;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("counts by reason")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Reasons, M::Error> {
                let mut reasons = Reasons::default();
                while let Some(name) = map.next_key::<String>()? {
                    match Reason::ALL.into_iter().find(|reason| reason.attribute() == name) {
                        Some(reason) => reasons.add(reason, map.next_value()?),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(reasons)
            }
        }
        deserializer.deserialize_map(Attributes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        ids::AccountName,
        journal::{Intent, Progress, Record, SlotOutcome},
        timestamp::Timestamp,
    };

    fn record(outcomes: Vec<SlotOutcome>, dropped: Vec<(DropReason, Vec<u16>)>, intent: Vec<u16>) -> Record {
        let intent = Intent::new(AccountName::new("sandbox"), intent);
        Record { token: 1, at: Timestamp::from_secs(1), outcomes, dropped, intent }
    }

    #[test]
    fn each_reason_has_its_own_name() {
        let names: std::collections::BTreeSet<String> = Reason::ALL.map(Reason::attribute).into();
        assert_eq!(names.len(), Reason::ALL.len());
        assert_eq!(RefusalReason::ALL.len() + DropReason::ALL.len(), Reason::ALL.len());
    }

    #[test]
    fn only_final_causes_are_counted() {
        let refused = |reason| SlotOutcome::Refused(reason, "406".to_owned());
        let outcomes = vec![
            SlotOutcome::Accepted(None),
            refused(RefusalReason::NotRouted),
            refused(RefusalReason::NotRouted),
            SlotOutcome::Unknown,
            SlotOutcome::Unlisted("9".to_owned()),
        ];
        let dropped = vec![(DropReason::OptedOut, vec![5]), (DropReason::Expired, vec![6])];
        let records = [record(vec![], vec![], (0..5).collect()), record(outcomes, dropped, vec![])];
        let progress = Progress::fold(8, records).unwrap();
        let reasons = Reasons::of(progress.slots());
        let found: Vec<(&str, i64)> = reasons.iter().map(|(reason, count)| (reason.code(), count)).collect();
        assert_eq!(found, [("not_routed", 2), ("opted_out", 1), ("validity_expired", 1)]);
        let twice = reasons.plus(reasons);
        assert_eq!(twice.iter().map(|(_, count)| count).sum::<i64>(), 8);
        let stored = json!({"f_not_routed": 2, "c_opted_out": 1, "f_validity_expired": 1});
        assert_eq!(serde_json::to_value(reasons).unwrap(), stored);
        let mut beside = stored;
        beside["state"] = json!("running");
        assert_eq!(serde_json::from_value::<Reasons>(beside).unwrap(), reasons);
        assert!(serde_json::from_value::<Reasons>(json!({"f_rejected": "x"})).is_err());
    }
}
