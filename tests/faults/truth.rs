//! A provider that records what it took, independent of its answers.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

use domain::{
    ids::AccountName,
    msisdn::Msisdn,
    outcome::{AccountFault, Refusal, RefusalReason, SendOutcome},
};
use providers::{BoxFuture, Kind, Provider, Recipient, Submission, Submitted, sandbox};

/// Most recipients of one call.
pub const GROUP: usize = 12;

/// The behaviour of the provider in one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behaviour {
    /// Takes all recipients, and answers that it did.
    Accepts,
    /// Takes all recipients; the answer is lost.
    TakesThenSilent,
    /// Takes no recipient; the answer is lost too.
    Silent,
    /// Refuses every recipient.
    Refuses,
    /// Takes all but the first, which it refuses.
    RefusesFirst,
    /// Takes all but the first, who wants no more texts.
    KnowsFirstOptedOut,
    /// Takes all but the first, which it puts off.
    PutsFirstOff,
    /// Takes all, and leaves the first out of its answer.
    ForgetsFirst,
    /// Takes no recipient now: the account must slow down.
    Throttles,
    /// Takes no recipient, because of a fault of the account.
    RefusesAccount,
    /// Cannot be reached: nothing is sent.
    NotReached,
}

pub type Script = Box<dyn FnMut(u32) -> Behaviour + Send>;

pub struct Truth {
    group: usize,
    state: Mutex<State>,
    crash: Option<Arc<dyn Fn(u32) -> CrashAt + Send + Sync>>,
    crashed: tokio::sync::Notify,
}

struct State {
    script: Script,
    calls: u32,
    taken: BTreeMap<String, Taken>,
    lost_calls: u32,
}

/// Another account, whose messages are in the same record.
pub struct OtherAccount {
    name: AccountName,
    truth: Arc<Truth>,
    calls: Mutex<(u32, Script)>,
}

/// What the provider took under one of our names for a message.
#[derive(Clone, Debug)]
pub struct Taken {
    pub number: Msisdn,
    pub times: u32,
    /// The provider's own name for the message.
    pub id: String,
}

/// The moment of a call in which the caller crashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CrashAt {
    /// The caller does not crash.
    Never,
    /// Before the provider takes the call.
    Before,
    /// After the provider has taken the call, before the answer.
    After,
}

impl fmt::Debug for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Truth")
    }
}

impl Truth {
    /// A provider that takes groups of a size and behaves by a script of its calls.
    pub fn new(group: usize, script: impl FnMut(u32) -> Behaviour + Send + 'static) -> Self {
        let state = State { script: Box::new(script), calls: 0, taken: BTreeMap::new(), lost_calls: 0 };
        Self { group, state: Mutex::new(state), crash: None, crashed: tokio::sync::Notify::new() }
    }

    /// A provider that takes every recipient.
    pub fn accepting() -> Self {
        Self::new(GROUP, |_| Behaviour::Accepts)
    }

    /// A provider that behaves this way in its first call, and accepts in every other.
    pub fn once(group: usize, behaviour: Behaviour) -> Self {
        Self::new(group, move |call| if call == 1 { behaviour } else { Behaviour::Accepts })
    }

    /// A copy whose caller crashes in the calls that `crash` names.
    pub fn crashing(mut self, crash: impl Fn(u32) -> CrashAt + Send + Sync + 'static) -> Self {
        self.crash = Some(Arc::new(crash));
        self
    }

    /// Resolves when the caller is to crash.
    pub async fn crash(&self) {
        self.crashed.notified().await;
    }

    /// The messages that the provider took, by our names for them.
    pub fn taken(&self) -> BTreeMap<String, Taken> {
        self.state().taken.clone()
    }

    /// Calls that reached it, or were to.
    pub fn calls(&self) -> u32 {
        self.state().calls
    }

    /// The number of recipients whose message it took.
    pub fn reached(&self) -> u64 {
        self.state().taken.len() as u64
    }

    /// Calls whose answer never reached the caller, in whole or in part.
    pub fn lost_calls(&self) -> u32 {
        self.state().lost_calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Adds an account of a name, which behaves by a script of its own calls.
    pub fn other(self: &Arc<Self>, name: AccountName, script: Script) -> OtherAccount {
        OtherAccount { name, truth: self.clone(), calls: Mutex::new((0, script)) }
    }

    async fn answer(&self, submission: &Submission) -> Submitted {
        let call = {
            let mut state = self.state();
            state.calls += 1;
            state.calls
        };
        let crash_at = self.crash.as_ref().map_or(CrashAt::Never, |crash| crash(call));
        if crash_at == CrashAt::Before {
            self.crash_caller().await;
        }
        let submitted = {
            let mut state = self.state();
            let behaviour = (state.script)(call);
            state.take(&format!("-{call}"), behaviour, submission)
        };
        if crash_at == CrashAt::After {
            self.crash_caller().await;
        }
        submitted
    }

    async fn crash_caller(&self) {
        self.state().lost_calls += 1;
        self.crashed.notify_one();
        std::future::pending::<()>().await;
    }
}

impl State {
    fn take(&mut self, call: &str, behaviour: Behaviour, submission: &Submission) -> Submitted {
        let is_lost =
            matches!(behaviour, Behaviour::TakesThenSilent | Behaviour::Silent | Behaviour::ForgetsFirst);
        self.lost_calls += u32::from(is_lost);
        match behaviour {
            Behaviour::Throttles => return Submitted::throttled(submission, None),
            Behaviour::RefusesAccount => {
                return Submitted::account_fault(submission, AccountFault::BalanceEmpty);
            }
            Behaviour::Silent => return Submitted::unknown(submission),
            Behaviour::NotReached => return Submitted::never_sent(submission),
            _ => {}
        }
        let first = submission.recipients()[0].reference;
        Submitted::of_each(submission, |recipient| {
            let is_first = recipient.reference == first;
            let is_singled_out = is_first || behaviour == Behaviour::Refuses;
            if let Some(outcome) = not_taken(behaviour).filter(|_| is_singled_out) {
                return outcome;
            }
            let taken = self.take_one(call, recipient);
            let is_forgotten = behaviour == Behaviour::ForgetsFirst && is_first;
            if is_forgotten || behaviour == Behaviour::TakesThenSilent { SendOutcome::Unknown } else { taken }
        })
    }

    fn take_one(&mut self, call: &str, recipient: &Recipient) -> SendOutcome {
        let number = recipient.msisdn;
        let id = format!("T{}{call}", number.digits());
        let reference = recipient.reference.to_string();
        let times = self.taken.get(&reference).map_or(0, |taken| taken.times) + 1;
        self.taken.insert(reference, Taken { number, times, id: id.clone() });
        SendOutcome::Accepted { provider_message_id: Some(id) }
    }
}

/// The outcome of recipients that are not taken: the first one, or all of them.
fn not_taken(behaviour: Behaviour) -> Option<SendOutcome> {
    let refused = |reason| SendOutcome::Refused(Refusal { reason, provider_code: "502".to_owned() });
    match behaviour {
        Behaviour::Refuses | Behaviour::RefusesFirst => Some(refused(RefusalReason::Rejected)),
        Behaviour::KnowsFirstOptedOut => Some(refused(RefusalReason::OptedOut)),
        Behaviour::PutsFirstOff => Some(SendOutcome::PutOff),
        _ => None,
    }
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

impl fmt::Debug for OtherAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherAccount").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Provider for OtherAccount {
    fn kind(&self) -> &'static Kind {
        &sandbox::KIND
    }

    fn account(&self) -> AccountName {
        self.name
    }

    fn max_recipients(&self) -> usize {
        self.truth.group
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        let (call, behaviour) = {
            let mut calls = self.calls.lock().unwrap();
            calls.0 += 1;
            let call = calls.0;
            (call, (calls.1)(call))
        };
        let submitted = self.truth.state().take(&format!("-{}-{call}", self.name), behaviour, submission);
        Box::pin(std::future::ready(submitted))
    }
}
