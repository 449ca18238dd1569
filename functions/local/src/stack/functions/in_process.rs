//! Functions of this process, over the same events: requests go through `lambda_http`'s own adapter,
//! queue events through the same JSON.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt::Display,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{handles::Functions, name::FunctionName};
use crate::stack::error::StackError;
use bytes::Bytes;
use callbacks::{CallbackSecrets, Callbacks};
use domain::batch::BatchSize;
use lambda_emulator::{InProcess, Invoke, InvokeError};
use lambda_http::{Adapter, IntoResponse, Request, request::LambdaRequest};
use lambda_runtime::{Context, LambdaEvent, Service};
use platform::{clock::Clock, environment::Environment};
use providers::{AnyProvider, Provider, sandbox};
use queue::Queues;
use receipts::Receipts;
use serde::{Serialize, de::DeserializeOwned};
use stores::Stores;

/// What functions in this process share with their stack.
#[derive(Clone, Copy)]
pub(in crate::stack) struct Parts<'a> {
    pub(in crate::stack) stores: &'a Stores,
    pub(in crate::stack) queues: &'a Queues,
    pub(in crate::stack) clock: &'a Clock,
}

pub(super) fn functions(
    variables: &BTreeMap<String, String>,
    parts: Parts<'_>,
    batch_recipients: BatchSize,
) -> Result<Functions, StackError> {
    let lookup = |name: &str| variables.get(name).cloned();
    let Parts { stores, queues, clock } = parts;
    let backend = web::Backend { stores: stores.clone(), clock: clock.clone() };
    let mut environment = Environment::new(&lookup);
    let read = (platform::pace::read(&mut environment), CallbackSecrets::read(&mut environment));
    let (pace, secrets) = environment.finish(Some(read))?;
    let live = Arc::new(AnyProvider::from_env(&lookup)?);
    let account = live.name().account();
    let api = api::Api {
        backend: backend.clone(),
        queues: queues.clone(),
        pace,
        account,
        batch_recipients,
        last_look: Arc::default(),
    };
    Ok(Functions {
        api: http(web::service(api.routes())),
        books: http(web::service(books::routes(&backend))),
        dispatch: dispatch(dispatch::Dispatcher {
            stores: stores.clone(),
            queues: queues.clone(),
            live,
            test: Arc::new(sandbox::InProcess::default()),
            pace,
            clock: clock.clone(),
        }),
        callbacks: http(web::service(
            Callbacks::new(stores.clone(), queues.clone(), clock.clone(), secrets).routes(),
        )),
        receipts: reports(Receipts::new(stores.clone(), queues.clone(), clock.clone())),
        clock: tick(clock::Clockwork {
            stores: stores.clone(),
            queues: queues.clone(),
            clock: clock.clone(),
        }),
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
            // In two steps, since an adapter held over an await could not move between threads.
            let answer = Adapter::from(service).call(LambdaEvent::new(request, Context::default()));
            answer.await.map_err(failed).and_then(|answer| write(&answer))
        }
    }))
}

fn dispatch(dispatcher: dispatch::Dispatcher) -> Arc<dyn Invoke> {
    Arc::new(InProcess::new(move |event| {
        let dispatcher = dispatcher.clone();
        async move {
            let deadline = system_time(&dispatcher.clock) + FunctionName::Dispatch.time_limit();
            write(&dispatcher.dispatch(read(&event)?, deadline).await)
        }
    }))
}

/// The time that a stack goes by, which a test may have set.
fn system_time(clock: &Clock) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(clock.now().millis().unsigned_abs())
}

fn reports(receipts: Receipts) -> Arc<dyn Invoke> {
    Arc::new(InProcess::new(move |event| {
        let receipts = receipts.clone();
        // Boxed: the future is large.
        Box::pin(async move {
            let deadline = system_time(&receipts.clock) + FunctionName::Receipts.time_limit();
            write(&receipts.apply(read(&event)?, deadline).await)
        })
    }))
}

fn tick(clockwork: clock::Clockwork) -> Arc<dyn Invoke> {
    Arc::new(InProcess::new(move |_| {
        let clockwork = clockwork.clone();
        async move {
            let looked = clockwork.tick().await.map_err(failed)?;
            write(&serde_json::json!({ "campaigns": looked.campaigns }))
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
