//! Invocations that may crash or freeze at any of their calls.

use std::{
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

tokio::task_local! {
    static LIFE: Arc<Mutex<Life>>;
}

#[derive(Default)]
struct Life {
    is_over: bool,
    frozen_for: Option<Duration>,
}

/// How long a function that customers call may run: `Timeout` of `template.yaml`.
const FUNCTION_TIME: Duration = Duration::from_secs(29);

/// Runs an invocation of a function that customers call; `None` if it crashed. Lambda kills it when its time is over,
/// even if it is frozen, and the edits of books rely on that.
pub async fn request<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(FUNCTION_TIME, invocation(work)).await.ok().flatten()
}

/// Runs an invocation; `None` if it crashed. While it is frozen nothing of it is polled, not even its timers.
pub async fn invocation<T>(work: impl Future<Output = T>) -> Option<T> {
    let life = Arc::new(Mutex::new(Life::default()));
    let mut work = pin!(LIFE.scope(life.clone(), work));
    let mut thaws = None;
    std::future::poll_fn(|context| {
        loop {
            if let Some(thaw) = &mut thaws {
                let thaw: &mut std::pin::Pin<Box<tokio::time::Sleep>> = thaw;
                if thaw.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                thaws = None;
            }
            if let Poll::Ready(ended) = work.as_mut().poll(context) {
                return Poll::Ready(Some(ended));
            }
            let mut life = life.lock().unwrap();
            if life.is_over {
                return Poll::Ready(None);
            }
            match life.frozen_for.take() {
                Some(span) => thaws = Some(Box::pin(tokio::time::sleep(span))),
                None => return Poll::Pending,
            }
        }
    })
    .await
}

/// Whether an invocation makes this call, and not an observer.
pub fn is_within() -> bool {
    LIFE.try_with(|_| ()).is_ok()
}

/// Kills the invocation of this call; does nothing outside of one.
pub async fn crash() {
    if let Ok(life) = LIFE.try_with(Arc::clone) {
        life.lock().unwrap().is_over = true;
        std::future::pending::<()>().await;
    }
}

/// Freezes the invocation that this call belongs to.
pub async fn freeze(span: Duration) {
    if let Ok(life) = LIFE.try_with(Arc::clone) {
        life.lock().unwrap().frozen_for = Some(span);
        tokio::task::yield_now().await;
    }
}
