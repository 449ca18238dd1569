//! What an audit with evidence came to: the auditor's report, and the evidence that contradicts the tables.

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
    /// No call on behalf of one organisation touches another's keys.
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

/// Evidence that contradicts what is stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where.
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

/// What an audit with evidence came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is stored, judged by itself.
    pub report: Report,
    /// Sorted by rule and place.
    pub contradictions: Vec<Contradiction>,
}

impl Verdict {
    /// Whether the tables agree with themselves and with the evidence, and all of them could be judged.
    pub const fn is_clean(&self) -> bool {
        self.report.is_clean() && self.report.unsettled == 0 && self.contradictions.is_empty()
    }

    pub(super) fn find(&mut self, rule: Rule, place: Place, what: impl Into<String>) {
        self.contradictions.push(Contradiction { rule, place, what: what.into() });
    }

    /// The rules that the evidence breaks.
    ///
    /// # Panics
    /// If what is stored contradicts itself already.
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
