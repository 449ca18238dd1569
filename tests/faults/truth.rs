//! A provider with its own truth: what it took, however it answered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use domain::outcome::{NotTaken, Refusal, RefusalReason, SendOutcome};
use providers::{BoxFuture, Provider, ProviderName, Submission, Submitted};

/// How it behaves in one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Behaviour {
    /// Takes everybody and says so.
    Accepts,
    /// Takes everybody; the answer is lost.
    TakesThenSilent,
    /// Takes nobody; the answer is lost all the same.
    Silent,
    /// Takes all but the first, which it refuses.
    RefusesFirst,
    /// Takes nobody now.
    Throttles,
}

type Script = Box<dyn FnMut(u32) -> Behaviour + Send>;

/// The provider.
pub struct Truth {
    group: usize,
    state: Mutex<State>,
    crash: Option<Arc<dyn Fn(u32) -> CrashAt + Send + Sync>>,
    crashed: tokio::sync::Notify,
}

struct State {
    script: Script,
    calls: u32,
    taken: HashMap<u64, u32>,
    lost_calls: u32,
}

/// Where in a call the caller dies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CrashAt {
    /// Nowhere.
    Never,
    /// Before it is taken.
    Before,
    /// After it is taken, before the answer.
    After,
}

impl std::fmt::Debug for Truth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Truth")
    }
}

impl Truth {
    /// One that takes groups of a size and behaves by a script of its calls.
    pub fn new(group: usize, script: impl FnMut(u32) -> Behaviour + Send + 'static) -> Self {
        let state = State { script: Box::new(script), calls: 0, taken: HashMap::new(), lost_calls: 0 };
        Self { group, state: Mutex::new(state), crash: None, crashed: tokio::sync::Notify::new() }
    }

    /// One whose caller dies where `crash` says.
    pub fn crashing(mut self, crash: impl Fn(u32) -> CrashAt + Send + Sync + 'static) -> Self {
        self.crash = Some(Arc::new(crash));
        self
    }

    /// Resolves when the caller is to die.
    pub async fn crash(&self) {
        self.crashed.notified().await;
    }

    /// How often it took each number.
    pub fn taken(&self) -> HashMap<u64, u32> {
        self.state.lock().unwrap().taken.clone()
    }

    /// Calls whose answer never reached the caller.
    pub fn lost_calls(&self) -> u32 {
        self.state.lock().unwrap().lost_calls
    }

    async fn answer(&self, submission: &Submission) -> Submitted {
        let crash_at = {
            let mut state = self.state.lock().unwrap();
            state.calls += 1;
            self.crash.as_ref().map_or(CrashAt::Never, |crash| crash(state.calls))
        };
        if crash_at == CrashAt::Before {
            self.die().await;
        }
        let submitted = self.take(submission);
        if crash_at == CrashAt::After {
            self.die().await;
        }
        submitted
    }

    async fn die(&self) {
        self.state.lock().unwrap().lost_calls += 1;
        self.crashed.notify_one();
        std::future::pending::<()>().await;
    }

    fn take(&self, submission: &Submission) -> Submitted {
        let mut state = self.state.lock().unwrap();
        let call = state.calls;
        let behaviour = (state.script)(call);
        let numbers: Vec<u64> =
            submission.recipients().iter().map(|recipient| recipient.msisdn.as_u64()).collect();
        let accepted =
            |number: &u64| SendOutcome::Accepted { provider_message_id: Some(format!("T{number}-{call}")) };
        let mut outcomes: Vec<SendOutcome> = numbers.iter().map(accepted).collect();
        let taken = match behaviour {
            Behaviour::Accepts | Behaviour::TakesThenSilent => &numbers[..],
            Behaviour::RefusesFirst => &numbers[1..],
            Behaviour::Silent | Behaviour::Throttles => &[],
        };
        for number in taken {
            *state.taken.entry(*number).or_default() += 1;
        }
        match behaviour {
            Behaviour::Accepts => Submitted::answered(outcomes),
            Behaviour::RefusesFirst => {
                let refusal = Refusal { reason: RefusalReason::Rejected, provider_code: "502".to_owned() };
                outcomes[0] = SendOutcome::Refused(refusal);
                Submitted::answered(outcomes)
            }
            Behaviour::TakesThenSilent | Behaviour::Silent => {
                state.lost_calls += 1;
                Submitted::unknown(numbers.len())
            }
            Behaviour::Throttles => Submitted::not_taken(NotTaken::Throttled { retry_after: None }),
        }
    }
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
