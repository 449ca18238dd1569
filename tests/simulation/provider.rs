//! The provider, with its own truth: whom it took, whatever it answered, and what it reports of them.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    ids::{MessageReference, OrganisationId},
    outcome::{AccountFault, NotTaken, Refusal, RefusalReason, SendOutcome},
    receipt::{DeliveryReceipt, Reported},
    timestamp::Millis,
};
use providers::{BoxFuture, Provider, ProviderName, Recipient, Submission, Submitted};
use queue::ReportTask;

use crate::{chance::Chance, history, life, time::VirtualTime, weather::FREEZE};

/// One recipient of one campaign.
pub type Person = (OrganisationId, u64, u64);

/// The provider.
#[derive(Clone)]
pub struct Truth {
    group: usize,
    time: VirtualTime,
    state: Arc<Mutex<State>>,
}

struct State {
    chance: Chance,
    /// How many of a thousand calls go wrong.
    moods: u64,
    names: u64,
    lost_groups: u64,
    taken: BTreeMap<Person, u32>,
    reported: BTreeMap<Person, Reported>,
    reports: Vec<(Duration, ReportTask)>,
}

/// How one call ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mood {
    Accepts,
    RefusesSome,
    PutsSomeOff,
    ForgetsSome,
    TakesThenSilent,
    Silent,
    Throttles,
    Unreachable,
    RefusesAccount,
    DiesBefore,
    DiesAfter,
    FreezesBefore,
}

const MOODS: [Mood; 11] = [
    Mood::RefusesSome,
    Mood::PutsSomeOff,
    Mood::ForgetsSome,
    Mood::TakesThenSilent,
    Mood::Silent,
    Mood::Throttles,
    Mood::Unreachable,
    Mood::RefusesAccount,
    Mood::DiesBefore,
    Mood::DiesAfter,
    Mood::FreezesBefore,
];

impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Truth")
    }
}

impl Truth {
    /// One that takes groups of a size, and of whose calls so many in a thousand go wrong.
    pub fn new(seed: u64, group: usize, moods: u64, time: VirtualTime) -> Self {
        let state = State {
            chance: Chance::of(seed, "provider"),
            moods,
            names: 0,
            lost_groups: 0,
            taken: BTreeMap::new(),
            reported: BTreeMap::new(),
            reports: Vec::new(),
        };
        Self { group, time, state: Arc::new(Mutex::new(state)) }
    }

    /// From now on it accepts.
    pub fn calm(&self) {
        self.state.lock().unwrap().moods = 0;
    }

    /// How often it took each person.
    pub fn taken(&self) -> BTreeMap<Person, u32> {
        self.state.lock().unwrap().taken.clone()
    }

    /// The highest final report that it made of each person.
    pub fn reported(&self) -> BTreeMap<Person, Reported> {
        self.state.lock().unwrap().reported.clone()
    }

    /// Calls after which the caller could not know.
    pub fn lost_groups(&self) -> u64 {
        self.state.lock().unwrap().lost_groups
    }

    /// Recipients of one call.
    pub fn group(&self) -> u64 {
        self.group as u64
    }

    /// Reports that are due, to be sent until they are taken.
    pub fn due_reports(&self) -> Vec<ReportTask> {
        let now = self.time.elapsed();
        let mut state = self.state.lock().unwrap();
        let (due, later) = std::mem::take(&mut state.reports).into_iter().partition(|(at, _)| *at <= now);
        state.reports = later;
        let due: Vec<(Duration, ReportTask)> = due;
        due.into_iter().map(|(_, report)| report).collect()
    }

    /// Sends these again later: they were not taken.
    pub fn report_again(&self, reports: Vec<ReportTask>) {
        let at = self.time.elapsed() + Duration::from_secs(20);
        self.state.lock().unwrap().reports.extend(reports.into_iter().map(|report| (at, report)));
    }

    /// Whether it has anything left to report.
    pub fn has_reports(&self) -> bool {
        !self.state.lock().unwrap().reports.is_empty()
    }

    async fn answer(&self, submission: &Submission) -> Submitted {
        let (mood, there, back) = self.state.lock().unwrap().draw();
        history::note(self.time.elapsed(), || {
            format!("the provider is handed {}: {mood:?}", slots(submission))
        });
        self.time.pass(there).await;
        match mood {
            Mood::DiesBefore => life::die().await,
            Mood::FreezesBefore => {
                life::freeze(FREEZE).await;
                self.time.catch_up();
            }
            _ => {}
        }
        let submitted = self.take(submission, mood);
        if mood == Mood::DiesAfter {
            life::die().await;
        }
        self.time.pass(back).await;
        submitted
    }

    fn take(&self, submission: &Submission, mood: Mood) -> Submitted {
        let mut state = self.state.lock().unwrap();
        let state = &mut *state;
        let recipients = submission.recipients().len();
        match mood {
            Mood::Throttles => {
                let retry_after = state.chance.comes(500).then(|| Millis::from_secs(20));
                return Submitted::not_taken(NotTaken::Throttled { retry_after });
            }
            Mood::Unreachable => return Submitted::not_taken(NotTaken::Unreachable),
            Mood::RefusesAccount => {
                return Submitted::not_taken(NotTaken::Account(AccountFault::BalanceEmpty));
            }
            Mood::Silent => {
                state.lost_groups += 1;
                return Submitted::unknown(recipients);
            }
            _ => {}
        }
        let outcomes = submission
            .recipients()
            .iter()
            .map(|recipient| {
                let person = person(&recipient.reference, recipient.msisdn.as_u64());
                state.take_one(mood, person, recipient.reference, self.time.elapsed())
            })
            .collect();
        if mood == Mood::ForgetsSome {
            state.lost_groups += 1;
        }
        if mood == Mood::TakesThenSilent {
            state.lost_groups += 1;
            return Submitted::unknown(recipients);
        }
        Submitted::answered(outcomes)
    }
}

impl State {
    fn draw(&mut self) -> (Mood, Duration, Duration) {
        let mood = if self.chance.comes(self.moods) { self.chance.one_of(&MOODS) } else { Mood::Accepts };
        if matches!(mood, Mood::DiesBefore | Mood::DiesAfter | Mood::FreezesBefore) {
            self.lost_groups += 1;
        }
        (mood, self.chance.millis(5, 3_000), self.chance.millis(5, 3_000))
    }

    fn take_one(
        &mut self,
        mood: Mood,
        person: Person,
        reference: MessageReference,
        now: Duration,
    ) -> SendOutcome {
        match mood {
            Mood::RefusesSome if self.chance.comes(400) => {
                let reason = self.chance.one_of(&[RefusalReason::Rejected, RefusalReason::OptedOut]);
                return SendOutcome::Refused(Refusal { reason, provider_code: "502".to_owned() });
            }
            Mood::PutsSomeOff if self.chance.comes(400) => return SendOutcome::Throttled,
            _ => {}
        }
        *self.taken.entry(person).or_default() += 1;
        self.names += 1;
        let id = self.chance.comes(900).then(|| format!("T{}", self.names));
        self.plan_reports(person, reference, id.clone(), now);
        if mood == Mood::ForgetsSome && self.chance.comes(400) {
            return SendOutcome::Unknown;
        }
        SendOutcome::Accepted { provider_message_id: id }
    }

    /// Reports come early, late, twice, contradicting, or never.
    fn plan_reports(
        &mut self,
        person: Person,
        reference: MessageReference,
        id: Option<String>,
        now: Duration,
    ) {
        let reports: &[Reported] = match self.chance.below(10) {
            0..=4 => &[Reported::Delivered],
            5 => &[Reported::InTransit, Reported::Delivered],
            6 => &[Reported::Undelivered],
            7 => &[Reported::Undelivered, Reported::Delivered, Reported::Undelivered],
            8 => &[Reported::InTransit, Reported::InTransit],
            _ => &[],
        };
        for &reported in reports {
            let at = now + self.chance.millis(0, 240_000);
            let receipt = DeliveryReceipt::new(reported, None, Some("63902"));
            self.reports
                .push((at, ReportTask::new(reference.organisation, reference.message, id.clone(), receipt)));
            let highest = self.reported.entry(person).or_insert(reported);
            *highest = (*highest).max(reported);
        }
    }
}

/// Which messages a submission is of, by campaign, batch and slot.
fn slots(submission: &Submission) -> String {
    let slot = |recipient: &Recipient| {
        let message = recipient.reference.message;
        format!("{}.{}.{}", message.campaign, message.batch, message.slot)
    };
    submission.recipients().iter().map(slot).collect::<Vec<_>>().join(" ")
}

fn person(reference: &MessageReference, number: u64) -> Person {
    (reference.organisation, reference.message.campaign.get(), number)
}

impl Provider for Truth {
    fn name(&self) -> ProviderName {
        ProviderName::Sandbox
    }

    fn max_recipients(&self) -> usize {
        self.group
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(self.answer(submission))
    }
}
