//! The interface of a function for the HTTP server, the event sources and the schedules.

use std::{future::Future, io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::limits::PAYLOAD_BYTES_MAX;

/// A function that can be invoked synchronously.
///
/// Laws: once begun, an invocation runs to its end even if the caller goes away, as on Lambda
/// (dropping the returned future stops the waiting, not the function); several may run at once; an
/// error says nothing about how far the function came.
pub trait Invoke: Send + Sync {
    /// Invokes the function with one event and gives its answer.
    fn invoke(&self, payload: Bytes) -> BoxFuture<'static, Result<Bytes, InvokeError>>;
}

impl<T: Invoke + ?Sized> Invoke for Arc<T> {
    fn invoke(&self, payload: Bytes) -> BoxFuture<'static, Result<Bytes, InvokeError>> {
        (**self).invoke(payload)
    }
}

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The function ran (or started up) past its limit and was killed.
    #[error("the function did not answer within {} ms", after.as_millis())]
    TimedOut {
        /// The limit that it passed.
        after: Duration,
    },
    /// The function's process ended in the middle of the invocation.
    #[error("the function crashed ({status})")]
    Crashed {
        /// The exit status of the process, such as `signal: 9 (SIGKILL)`.
        status: String,
    },
    /// The function answered with an error; its process stays usable.
    #[error("the function failed with {error_type}: {message}")]
    FunctionError {
        /// The class of the error, as the runtime names it.
        error_type: String,
        /// The function's own words.
        message: String,
    },
    /// The event is larger than Lambda takes.
    #[error("the event has {bytes} bytes, and Lambda takes {PAYLOAD_BYTES_MAX}")]
    PayloadTooLarge {
        /// The event's size.
        bytes: usize,
    },
    /// The function's process could not be started.
    #[error("the function's process could not be started")]
    NotStarted(#[source] io::Error),
    /// The host is stopping and takes no more invocations.
    #[error("the function is stopped")]
    Stopped,
}

/// A function that is a closure of this process: a whole stack in one test, without children.
///
/// It has no time limit and cannot be killed; a panic in it is a crash, as a panic in a deployed
/// function (`panic = "abort"`) is one.
pub struct InProcess<F>(F);

impl<F, Answer> InProcess<F>
where
    F: Fn(Bytes) -> Answer + Send + Sync,
    Answer: Future<Output = Result<Bytes, InvokeError>> + Send + 'static,
{
    /// Makes a function of `body`.
    pub fn new(body: F) -> Self {
        Self(body)
    }
}

impl<F, Answer> Invoke for InProcess<F>
where
    F: Fn(Bytes) -> Answer + Send + Sync,
    Answer: Future<Output = Result<Bytes, InvokeError>> + Send + 'static,
{
    fn invoke(&self, payload: Bytes) -> BoxFuture<'static, Result<Bytes, InvokeError>> {
        run_to_the_end((self.0)(payload))
    }
}

/// Runs an invocation as a task of its own, so that it outlives a caller that goes away.
pub(super) fn run_to_the_end(
    invocation: impl Future<Output = Result<Bytes, InvokeError>> + Send + 'static,
) -> BoxFuture<'static, Result<Bytes, InvokeError>> {
    Box::pin(async move {
        tokio::spawn(invocation)
            .await
            .unwrap_or_else(|ended| Err(InvokeError::Crashed { status: ended.to_string() }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_closure_answers_as_a_function() {
        let upper = InProcess::new(|payload: Bytes| async move { Ok(payload.to_ascii_uppercase().into()) });
        assert_eq!(upper.invoke("hello".into()).await.unwrap(), "HELLO");
    }

    #[tokio::test]
    async fn a_panic_in_a_closure_is_a_crash() {
        let broken = InProcess::new(|_| async { panic!("out of cheese") });
        assert!(matches!(broken.invoke(Bytes::new()).await, Err(InvokeError::Crashed { .. })));
    }

    #[tokio::test]
    async fn a_function_runs_to_its_end_although_its_caller_went_away() {
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (ended, ends) = tokio::sync::oneshot::channel();
        let (open, gate) = tokio::sync::oneshot::channel::<()>();
        let once = std::sync::Mutex::new(Some((begun, ended, gate)));
        let function = InProcess::new(move |payload| {
            let (begun, ended, gate) = once.lock().unwrap().take().unwrap();
            async move {
                begun.send(()).unwrap();
                gate.await.unwrap();
                ended.send(()).unwrap();
                Ok(payload)
            }
        });
        let caller = tokio::spawn(function.invoke(Bytes::new()));
        begins.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        open.send(()).unwrap();
        ends.await.unwrap();
    }
}
