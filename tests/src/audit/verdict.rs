//! The result of an audit with evidence: the auditor's report, and the contradictions between tables and evidence.

use std::fmt;

use auditor::{Place, Report};

/// The rules that need evidence from outside of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The provider took each message at most once.
    TakenOnce,
    /// The provider took every message that is shown as sent.
    ShownAsTaken,
    /// Every message that the provider took is shown as sent, or may have been.
    TakenIsShown,
    /// No more recipients are unknown than lost answers explain.
    Unknowns,
    /// No call for one organisation touches another one's keys.
    Foreign,
    /// No more calls were made than the work explains.
    Runaway,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::TakenOnce => "taken_once",
            Self::ShownAsTaken => "shown_as_taken",
            Self::TakenIsShown => "taken_is_shown",
            Self::Unknowns => "unknowns",
            Self::Foreign => "foreign",
            Self::Runaway => "runaway",
        })
    }
}

/// A contradiction between stored items and evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// The rule that is broken.
    pub rule: Rule,
    pub place: Place,
    /// Never personal: counts and states.
    pub what: String,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, place, what } = self;
        write!(f, "{rule:<14}  {place}: {what}")
    }
}

/// The result of an audit with evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The auditor's own report.
    pub report: Report,
    /// Sorted by rule and place.
    pub contradictions: Vec<Contradiction>,
}

impl Verdict {
    /// Whether the tables agree with each other and with the evidence, and all items could be judged.
    pub const fn is_clean(&self) -> bool {
        self.report.is_clean() && self.report.unsettled == 0 && self.contradictions.is_empty()
    }

    pub(super) fn find(&mut self, rule: Rule, place: Place, what: impl Into<String>) {
        self.contradictions.push(Contradiction { rule, place, what: what.into() });
    }

    /// The rules that the evidence breaks.
    ///
    /// # Panics
    /// If the stored items already contradict each other.
    pub fn broken(&self) -> Vec<Rule> {
        assert!(self.report.is_clean(), "{self}");
        self.contradictions.iter().map(|contradiction| contradiction.rule).collect()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.report)?;
        self.contradictions.iter().try_for_each(|contradiction| write!(f, "\n{contradiction}"))
    }
}
