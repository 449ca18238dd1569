//! The SDK's connection without sockets: a call is applied to a backend in this thread, after the time
//! and with the fault that is drawn for it.

use std::{
    collections::BTreeMap,
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use serde_json::Value;
use tests::tables::{self, response};

use crate::{
    answers::{EmptyPages, conflict, refusal},
    call_faults::{CallFaults, DELAY, FREEZE, Fault, LATE},
    history, life,
    time::VirtualTime,
};

/// The backend of calls.
pub trait Backend: Send + Sync + 'static {
    /// Applies an operation; returns HTTP status and body.
    fn apply(&self, operation: &str, body: &[u8]) -> (u16, String);

    /// Removes the first entry from a batch request; returns the answer's field and value for it.
    fn leave_over(&self, request: &mut Value) -> Option<(&'static str, Value)>;
}

/// A connection to one backend.
#[derive(Clone)]
pub struct Wire {
    backend: Arc<dyn Backend>,
    time: VirtualTime,
    state: Arc<Mutex<State>>,
}

struct State {
    call_faults: CallFaults,
    pages: EmptyPages,
    calls: u64,
    /// The calls of invocations, without those of observers.
    calls_within: u64,
    trace: DefaultHasher,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    pub fn new(backend: Arc<dyn Backend>, time: VirtualTime, call_faults: CallFaults) -> Self {
        let (pages, trace) = (EmptyPages::default(), DefaultHasher::new());
        let state = State { call_faults, pages, calls: 0, calls_within: 0, trace };
        Self { backend, time, state: Arc::new(Mutex::new(state)) }
    }

    /// The connector for the SDK's clients.
    pub fn http_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// Sets how many of a thousand calls fail from now on.
    pub fn set_rate(&self, faults_per_thousand: u64) {
        self.state.lock().unwrap().call_faults.set_rate(faults_per_thousand);
    }

    /// The number of calls, and a hash of all calls and their times.
    pub fn trace(&self) -> (u64, u64) {
        let state = self.state.lock().unwrap();
        (state.calls, state.trace.finish())
    }

    /// The number of calls of invocations.
    pub fn calls_within(&self) -> u64 {
        self.state.lock().unwrap().calls_within
    }

    /// Faults so far.
    pub fn faults(&self) -> BTreeMap<Fault, u64> {
        self.state.lock().unwrap().call_faults.counts().clone()
    }

    async fn serve(&self, operation: String, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
        let plan = self.plan(&operation);
        let body = self.state.lock().unwrap().pages.resume(&operation, body);
        history::note_call(self.time.elapsed(), &operation, &body, plan.fault);
        self.time.pass(plan.there).await;
        let answer = self.meet(plan.fault, &operation, body).await;
        self.time.pass(plan.back).await;
        answer
    }

    fn plan(&self, operation: &str) -> crate::call_faults::CallPlan {
        let mut state = self.state.lock().unwrap();
        let plan = state.call_faults.draw(operation);
        state.calls += 1;
        state.calls_within += u64::from(life::is_within());
        (operation, self.time.elapsed(), plan.fault).hash(&mut state.trace);
        plan
    }

    async fn meet(
        &self,
        fault: Option<Fault>,
        operation: &str,
        body: Vec<u8>,
    ) -> Result<HttpResponse, ConnectorError> {
        match fault {
            None => {}
            Some(Fault::Refused(code)) => return Ok(refusal(code)),
            Some(Fault::MeetsTransaction) => return Ok(conflict(operation, &body)),
            Some(Fault::AnswerLost) => {
                self.backend.apply(operation, &body);
                return Err(ConnectorError::io("the answer is lost".into()));
            }
            Some(Fault::AppliedLate) => {
                let (wire, operation) = (self.clone(), operation.to_owned());
                tokio::spawn(async move {
                    wire.time.pass(LATE).await;
                    wire.backend.apply(&operation, &body);
                });
                std::future::pending::<()>().await;
                return Err(ConnectorError::timeout("never answered".into()));
            }
            Some(Fault::AppliedTwice) => {
                let first = self.backend.apply(operation, &body);
                self.backend.apply(operation, &body);
                return Ok(response(first));
            }
            Some(Fault::LeftOver) => return Ok(self.leave_over(operation, &body)),
            Some(Fault::CrashesBefore) => life::crash().await,
            Some(Fault::CrashesAfter) => {
                self.backend.apply(operation, &body);
                life::crash().await;
            }
            Some(Fault::FreezesBefore) => life::freeze(FREEZE).await,
            Some(Fault::FreezesAfter) => {
                let answer = self.backend.apply(operation, &body);
                life::freeze(FREEZE).await;
                self.time.catch_up();
                return Ok(response(answer));
            }
            Some(Fault::Delayed) => self.time.pass(DELAY).await,
            Some(Fault::EmptyPage) => return Ok(self.state.lock().unwrap().pages.empty(&body)),
        }
        self.time.catch_up();
        Ok(response(self.backend.apply(operation, &body)))
    }

    fn leave_over(&self, operation: &str, body: &[u8]) -> HttpResponse {
        let mut request: Value = serde_json::from_slice(body).unwrap();
        let Some((field, left)) = self.backend.leave_over(&mut request) else {
            return response(self.backend.apply(operation, body));
        };
        let (status, answer) = self.backend.apply(operation, request.to_string().as_bytes());
        let mut answer: Value = serde_json::from_str(&answer).unwrap();
        answer[field] = left;
        response((status, answer.to_string()))
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = tables::operation(&request).to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let wire = self.clone();
        HttpConnectorFuture::new(async move { wire.serve(operation, body).await })
    }
}
