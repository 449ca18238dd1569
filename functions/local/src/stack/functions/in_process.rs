//! Functions in this process, called with the same events: requests go through `lambda_http`'s own adapter, queue
//! events through the same JSON.

use std::{collections::BTreeMap, convert::Infallible, fmt::Display, sync::Arc};

use super::{handles::Functions, name::FunctionName};
use crate::stack::error::StackError;
use bytes::Bytes;
use callbacks::{CallbackAccounts, Callbacks};
use domain::{batch::BatchSize, campaign::deadlines::Retention};
use lambda_emulator::{InProcess, Invoke, InvokeError};
use lambda_http::{Adapter, IntoResponse, Request, request::LambdaRequest};
use lambda_runtime::{Context, LambdaEvent, Service};
use platform::{clock::Clock, environment::Environment, http::HttpClient};
use providers::{Account, Given, sandbox};
use queue::Queues;
use receipts::Receipts;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use stores::Stores;

/// What functions in this process share with their stack.
#[derive(Clone, Copy)]
pub(in crate::stack) struct Parts<'a> {
    /// The adapters of a function.
    pub(in crate::stack) connect: &'a dyn Fn(FunctionName) -> Result<(Stores, Queues), StackError>,
    pub(in crate::stack) clock: &'a Clock,
    pub(in crate::stack) http: &'a HttpClient,
}

pub(super) fn functions(
    variables: &BTreeMap<String, String>,
    parts: Parts<'_>,
    batch_recipients: BatchSize,
) -> Result<Functions, StackError> {
    let lookup = |name: &str| variables.get(name).cloned();
    let Parts { connect, clock, http: http_client } = parts;
    let backend = |stores: Stores| web::Backend { stores, clock: clock.clone() };
    let mut environment = Environment::new(&lookup);
    let pace = platform::pace::read(&mut environment);
    let called_back = CallbackAccounts::read(&mut environment);
    let callback_url = environment.optional("CALLBACK_URL");
    let account = Account::of_environment(&mut environment);
    let given = Given::read(&mut environment);
    let retention = environment.parsed("RETENTION_DAYS", Some(Retention::default()));
    let of_books = api::Books::read(&mut environment, http_client);
    let (account, retention) = environment.finish(account.zip(retention))?;
    let live = account.connect()?;
    let account = account.name();
    let (stores, queues) = connect(FunctionName::Api)?;
    let last_look = Arc::default();
    let api =
        api::Api { backend: backend(stores), queues, pace, account, batch_recipients, retention, last_look };
    let books = books::routes(&backend(connect(FunctionName::Books)?.0));
    let (stores, queues) = connect(FunctionName::Dispatch)?;
    let test = Arc::new(sandbox::InProcess::default());
    let accounts = dispatch::SendingAccounts::new(account, Some(live), pace, dispatch::connect_added(given));
    let dispatcher = dispatch::Dispatcher { stores, queues, accounts, test, clock: clock.clone() };
    let (stores, queues) = connect(FunctionName::Callbacks)?;
    let mut callbacks = Callbacks::new(stores, queues, clock.clone(), called_back);
    callbacks.callback_url = callback_url;
    let (stores, queues) = connect(FunctionName::Receipts)?;
    let receipts = Receipts::new(stores, queues, clock.clone());
    let (stores, queues) = connect(FunctionName::Clock)?;
    Ok(Functions {
        api: api_function(api::function(api, of_books)),
        books: http(web::service(books)),
        dispatch: dispatch(dispatcher),
        callbacks: http(web::service(callbacks.routes())),
        receipts: reports(receipts),
        clock: tick(clock::Clockwork { stores, queues, clock: clock.clone() }),
        console: http(console::service()),
        children: Vec::new(),
    })
}

fn http<S, R>(service: S) -> Arc<dyn Invoke>
where
    S: Service<Request, Response = R, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static,
    R: IntoResponse + Send + 'static,
{
    Arc::new(InProcess::new(move |event| {
        let service = service.clone();
        async move {
            let request: LambdaRequest = read(&event)?;
            // In two steps, because a future that holds an adapter over an await cannot move between threads.
            let answer = Adapter::from(service).call(LambdaEvent::new(request, Context::default()));
            answer.await.map_err(failed).and_then(|answer| write(&answer))
        }
    }))
}

fn api_function<S>(service: S) -> Arc<dyn Invoke>
where
    S: Service<LambdaEvent<Value>, Response = Value, Error = lambda_http::Error, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    Arc::new(InProcess::new(move |event| {
        let mut service = service.clone();
        async move {
            let answer = service.call(LambdaEvent::new(read(&event)?, Context::default()));
            answer.await.map_err(failed).and_then(|answer| write(&answer))
        }
    }))
}

fn dispatch(dispatcher: dispatch::Dispatcher) -> Arc<dyn Invoke> {
    Arc::new(InProcess::new(move |event| {
        let dispatcher = dispatcher.clone();
        async move {
            let context = context(FunctionName::Dispatch, &dispatcher.clock);
            write(&dispatcher.invoke(LambdaEvent::new(read(&event)?, context)).await)
        }
    }))
}

/// An invocation's context. Its deadline uses the stack's clock, which a test may set.
fn context(name: FunctionName, clock: &Clock) -> Context {
    let mut context = Context::default();
    context.request_id = format!("in-process-{name}");
    context.deadline = clock.now().millis().unsigned_abs() + name.time_limit().as_millis() as u64;
    context
}

fn reports(receipts: Receipts) -> Arc<dyn Invoke> {
    Arc::new(InProcess::new(move |event| {
        let receipts = receipts.clone();
        // Boxed: the future is large.
        Box::pin(async move {
            let context = context(FunctionName::Receipts, &receipts.clock);
            write(&receipts.invoke(LambdaEvent::new(read(&event)?, context)).await)
        })
    }))
}

fn tick(clockwork: clock::Clockwork) -> Arc<dyn Invoke> {
    Arc::new(InProcess::new(move |_| {
        let clockwork = clockwork.clone();
        async move {
            let context = context(FunctionName::Clock, &clockwork.clock);
            let looked = clockwork.invoke(LambdaEvent::new(Value::Null, context)).await;
            looked.map_err(failed).and_then(|looked| write(&looked))
        }
    }))
}

fn read<T: DeserializeOwned>(event: &Bytes) -> Result<T, InvokeError> {
    serde_json::from_slice(event).map_err(failed)
}

fn write(answer: &impl Serialize) -> Result<Bytes, InvokeError> {
    serde_json::to_vec(answer).map(Bytes::from).map_err(failed)
}

fn failed(error: impl Display) -> InvokeError {
    InvokeError::FunctionError { error_type: "InProcess".to_owned(), message: error.to_string() }
}
