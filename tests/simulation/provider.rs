//! The provider, with its own record: which recipients it took (its answer may differ), and its reports about them.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    ids::OrganisationId,
    keys::{BatchKey, MessageKey},
    msisdn::Msisdn,
    outcome::{AccountFault, Backoff, Refusal, RefusalReason, SendOutcome},
    receipt::Reported,
    stop::STOP_DELAY,
    timestamp::Millis,
};
use providers::{BoxFuture, CallTimeout, Kind, Provider, Recipient, Submission, Submitted, sandbox};

use crate::{
    call_faults::FREEZE,
    chance::Chance,
    history, life,
    report_channel::{Report, ReportChannel},
    shape::Shape,
    time::VirtualTime,
};

/// Longer than the wait for reports, from any moment of a run.
pub const TOO_LATE: Duration = Duration::from_hours(80);

/// The pause that it asks for.
pub const PAUSE: Millis = Millis::from_secs(20);

/// One recipient of one campaign.
pub type Person = (OrganisationId, u64, Msisdn);

#[derive(Clone)]
pub struct Truth {
    group: usize,
    time: VirtualTime,
    state: Arc<Mutex<State>>,
}

struct State {
    chance: Chance,
    /// How many of a thousand calls go wrong.
    provider_faults: u64,
    /// How every call ends during an outage.
    outage: Option<CallEnd>,
    /// Calls after which the caller cannot know every outcome: their start and their recipients.
    lost_calls: Vec<(Duration, usize)>,
    channel: ReportChannel,
    names: u64,
    taken: BTreeMap<Person, u32>,
    reported: BTreeMap<Person, Reported>,
    reports: Vec<(Duration, Report)>,
    /// From this time on no call may begin.
    forbidden_from: Option<Duration>,
    /// Calls that began after it.
    forbidden_calls: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallEnd {
    Accepts,
    /// Accepts, and answers slowly.
    Slow,
    RefusesSome,
    PutsSomeOff,
    /// Accepts all recipients, and names only some of them.
    ForgetsSome,
    /// Takes some recipients, and does not name the others.
    TakesSome,
    /// The account's balance runs out during the call.
    RunsOut,
    /// Accepts, and does not answer in time.
    TakesThenSilent,
    /// Accepts, and answers 500 or an unreadable body.
    TakesThenFails,
    /// Neither takes nor answers.
    Silent,
    /// Takes no recipient, answers 503, and asks for a pause with `Retry-After`.
    Unavailable,
    /// Takes some, and resets the connection. Drawn for outages only.
    Resets,
    /// 429, perhaps with Retry-After.
    Throttles,
    Unreachable,
    RefusesAccount,
    CrashesBefore,
    CrashesAfter,
    FreezesBefore,
    FreezesAfter,
}

const CALL_FAULT_ENDS: [CallEnd; 17] = [
    CallEnd::Slow,
    CallEnd::RefusesSome,
    CallEnd::PutsSomeOff,
    CallEnd::ForgetsSome,
    CallEnd::TakesSome,
    CallEnd::RunsOut,
    CallEnd::TakesThenSilent,
    CallEnd::TakesThenFails,
    CallEnd::Silent,
    CallEnd::Unavailable,
    CallEnd::Throttles,
    CallEnd::Unreachable,
    CallEnd::RefusesAccount,
    CallEnd::CrashesBefore,
    CallEnd::CrashesAfter,
    CallEnd::FreezesBefore,
    CallEnd::FreezesAfter,
];

impl CallEnd {
    /// Whether the caller cannot know the outcome of every recipient after it.
    const fn loses(self) -> bool {
        matches!(
            self,
            Self::ForgetsSome
                | Self::TakesSome
                | Self::TakesThenSilent
                | Self::TakesThenFails
                | Self::Silent
                | Self::Unavailable
                | Self::Resets
                | Self::CrashesBefore
                | Self::CrashesAfter
                | Self::FreezesBefore
                | Self::FreezesAfter
        )
    }
}

const FAULTS: [AccountFault; 5] = [
    AccountFault::Credentials,
    AccountFault::BalanceEmpty,
    AccountFault::SenderRefused,
    AccountFault::OnHold,
    AccountFault::RequestRefused,
];

impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Truth")
    }
}

impl Truth {
    /// The provider of a run's shape.
    pub fn new(shape: &Shape, time: VirtualTime) -> Self {
        let Shape { seed, group, provider_faults, .. } = *shape;
        let state = State {
            chance: Chance::of(seed, "provider"),
            provider_faults,
            outage: None,
            lost_calls: Vec::new(),
            channel: ReportChannel::of(shape),
            names: 0,
            taken: BTreeMap::new(),
            reported: BTreeMap::new(),
            reports: Vec::new(),
            forbidden_from: None,
            forbidden_calls: 0,
        };
        Self { group: group as usize, time, state: Arc::new(Mutex::new(state)) }
    }

    /// Makes it accept from now on.
    pub fn calm(&self) {
        self.state.lock().unwrap().provider_faults = 0;
    }

    /// Dispatching is stopped: no call may begin once every function must have read the stop.
    pub fn forbid_calls(&self) {
        let delay = Duration::from_millis(STOP_DELAY.0 as u64);
        self.state.lock().unwrap().forbidden_from = Some(self.time.elapsed() + delay);
    }

    /// The stop is about to end.
    pub fn allow_calls(&self) {
        self.state.lock().unwrap().forbidden_from = None;
    }

    /// Calls that began while they were stopped.
    pub fn forbidden_calls(&self) -> u64 {
        self.state.lock().unwrap().forbidden_calls
    }

    /// How often it took each person.
    pub fn taken(&self) -> BTreeMap<Person, u32> {
        self.state.lock().unwrap().taken.clone()
    }

    /// The highest final report about each person.
    pub fn reported(&self) -> BTreeMap<Person, Reported> {
        self.state.lock().unwrap().reported.clone()
    }

    /// The number of calls after which the caller could not know every outcome.
    pub fn lost_groups(&self) -> u64 {
        self.state.lock().unwrap().lost_calls.len() as u64
    }

    /// The start of each of those calls, and its recipients.
    #[cfg(test)]
    pub fn lost_calls(&self) -> Vec<(Duration, usize)> {
        self.state.lock().unwrap().lost_calls.clone()
    }

    /// Makes every call end in the same way, or at random again.
    #[cfg(test)]
    pub fn set_outage(&self, outage: Option<CallEnd>) {
        self.state.lock().unwrap().outage = outage;
    }

    /// Recipients of one call.
    pub fn group(&self) -> u64 {
        self.group as u64
    }

    /// Reports that are due, to be sent until they are taken.
    pub fn due_reports(&self) -> Vec<Report> {
        let now = self.time.elapsed();
        let mut state = self.state.lock().unwrap();
        let (due, later) = std::mem::take(&mut state.reports).into_iter().partition(|(at, _)| *at <= now);
        state.reports = later;
        let due: Vec<(Duration, Report)> = due;
        due.into_iter().map(|(_, report)| report).collect()
    }

    /// Sends these again later: they were not taken.
    pub fn report_again(&self, reports: Vec<Report>) {
        let at = self.time.elapsed() + Duration::from_secs(20);
        self.state.lock().unwrap().reports.extend(reports.into_iter().map(|report| (at, report)));
    }

    /// Whether it has a report to send before a time.
    pub fn has_reports_before(&self, time: Duration) -> bool {
        self.state.lock().unwrap().reports.iter().any(|(at, _)| *at < time)
    }

    async fn answer(&self, submission: &Submission) -> Submitted {
        let (end, there, back) =
            self.state.lock().unwrap().begin_call(self.time.elapsed(), submission.recipients().len());
        history::note(self.time.elapsed(), || {
            format!("the provider is handed {}: {end:?}", slots(submission))
        });
        self.time.pass(there).await;
        match end {
            CallEnd::CrashesBefore => life::crash().await,
            CallEnd::FreezesBefore => {
                life::freeze(FREEZE).await;
                self.time.catch_up();
            }
            _ => {}
        }
        let submitted = self.take(submission, end);
        match end {
            CallEnd::CrashesAfter => life::crash().await,
            CallEnd::FreezesAfter => {
                life::freeze(FREEZE).await;
                self.time.catch_up();
            }
            _ => {}
        }
        self.time.pass(back).await;
        submitted
    }

    fn take(&self, submission: &Submission, end: CallEnd) -> Submitted {
        let mut state = self.state.lock().unwrap();
        match end {
            CallEnd::Throttles => {
                let retry_after = state.chance.comes(500).then_some(PAUSE);
                return Submitted::throttled(submission, retry_after);
            }
            CallEnd::Unreachable => return Submitted::never_sent(submission),
            CallEnd::RefusesAccount => {
                return Submitted::account_fault(submission, state.chance.one_of(&FAULTS));
            }
            CallEnd::Silent => return Submitted::unknown(submission),
            CallEnd::Unavailable => {
                let backoff = Backoff { retry_after: Some(PAUSE) };
                return Submitted::unknown(submission).with_backoff(backoff);
            }
            _ => {}
        }
        let now = self.time.elapsed();
        let submitted = Submitted::of_each(submission, |recipient| state.take_one(end, recipient, now));
        match end {
            CallEnd::TakesThenSilent | CallEnd::TakesThenFails | CallEnd::Resets => {
                Submitted::unknown(submission)
            }
            CallEnd::RunsOut if submitted.outcomes().contains(&SendOutcome::NotTaken) => {
                submitted.with_fault(AccountFault::BalanceEmpty)
            }
            _ => submitted,
        }
    }
}

impl State {
    fn begin_call(&mut self, now: Duration, recipients: usize) -> (CallEnd, Duration, Duration) {
        self.forbidden_calls += u64::from(self.forbidden_from.is_some_and(|from| from <= now));
        self.draw(now, recipients)
    }

    fn draw(&mut self, now: Duration, recipients: usize) -> (CallEnd, Duration, Duration) {
        let end = if self.chance.comes(self.provider_faults) {
            self.chance.one_of(&CALL_FAULT_ENDS)
        } else {
            CallEnd::Accepts
        };
        let end = self.outage.unwrap_or(end);
        if end.loses() {
            self.lost_calls.push((now, recipients));
        }
        let (there, back) = (self.chance.millis(5, 3_000), self.chance.millis(5, 3_000));
        let back = match end {
            CallEnd::Slow => CallTimeout::DEFAULT.duration() - Duration::from_secs(4),
            CallEnd::Silent | CallEnd::TakesThenSilent => CallTimeout::DEFAULT.duration() - there,
            _ => back,
        };
        (end, there, back)
    }

    fn take_one(&mut self, end: CallEnd, recipient: &Recipient, now: Duration) -> SendOutcome {
        match end {
            CallEnd::RefusesSome if self.chance.comes(400) => {
                let reason = self.chance.one_of(&[RefusalReason::Rejected, RefusalReason::OptedOut]);
                return SendOutcome::Refused(Refusal { reason, provider_code: "502".to_owned() });
            }
            CallEnd::PutsSomeOff if self.chance.comes(400) => return SendOutcome::PutOff,
            CallEnd::RunsOut if self.chance.comes(400) => return SendOutcome::NotTaken,
            CallEnd::TakesSome | CallEnd::Resets if self.chance.comes(400) => return SendOutcome::Unknown,
            _ => {}
        }
        let person = person(recipient);
        *self.taken.entry(person).or_default() += 1;
        self.names += 1;
        let id = format!("T{}", self.names);
        self.plan_reports(recipient, &id, now);
        if end == CallEnd::ForgetsSome && self.chance.comes(400) {
            return SendOutcome::Unknown;
        }
        // If reports have only the number, the name is all that distinguishes two messages.
        let is_named = self.channel == ReportChannel::ByNumber || self.chance.comes(900);
        SendOutcome::Accepted { provider_message_id: is_named.then_some(id) }
    }

    /// Reports come before the answer, soon, late, twice, contradicting each other, after the wait for them, or never.
    fn plan_reports(&mut self, recipient: &Recipient, id: &str, now: Duration) {
        let kinds: &[Reported] = match self.chance.below(12) {
            0..=4 => &[Reported::Delivered],
            5 => &[Reported::InTransit, Reported::Delivered],
            6 => &[Reported::Undelivered],
            7 => &[Reported::Undelivered, Reported::Delivered, Reported::Undelivered],
            8 => &[Reported::InTransit, Reported::InTransit],
            9 => &[Reported::Delivered, Reported::Delivered],
            _ => &[],
        };
        for &reported in kinds {
            let wait = match self.chance.below(8) {
                0 => Duration::ZERO,
                1 => self.chance.secs(240, 1_800),
                // Reports with only the number find no campaign any more.
                2 if self.channel == ReportChannel::ByReference => TOO_LATE,
                _ => self.chance.millis(0, 240_000),
            };
            let report = Report { recipient: *recipient, id: id.to_owned(), reported };
            self.reports.push((now + wait, report));
            let highest = self.reported.entry(person(recipient)).or_insert(reported);
            *highest = (*highest).max(reported);
        }
    }
}

/// Names the messages of a submission by campaign, batch and slot.
fn slots(submission: &Submission) -> String {
    let slot = |recipient: &Recipient| {
        let MessageKey { batch: BatchKey { campaign, batch }, slot } = recipient.reference;
        format!("{}.{batch}.{slot}", campaign.number())
    };
    submission.recipients().iter().map(slot).collect::<Vec<_>>().join(" ")
}

fn person(recipient: &Recipient) -> Person {
    let campaign = recipient.reference.batch.campaign;
    (campaign.organisation, campaign.number(), recipient.msisdn)
}

impl Provider for Truth {
    fn kind(&self) -> &'static Kind {
        &sandbox::KIND
    }

    fn max_recipients(&self) -> usize {
        self.group
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(self.answer(submission))
    }
}
