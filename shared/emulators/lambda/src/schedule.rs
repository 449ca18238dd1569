//! Invokes a function at a fixed interval with EventBridge's scheduled event.
//!
//! Runs the minute clock locally. Unlike EventBridge it never overlaps invocations of its own: a
//! tick that comes while the function still runs is left out, as the next one does the same work.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    invoke::{Invoke, InvokeError},
    limits::LOCAL_ACCOUNT,
};

/// A rule that invokes a function at a rate.
pub struct Schedule {
    /// The rule's name, in the event's `resources`.
    pub name: String,
    /// The region that the event names.
    pub region: String,
    /// The time from one tick to the next.
    pub every: Duration,
    pub function: Arc<dyn Invoke>,
}

impl Schedule {
    /// Invokes the function once, now: how a test moves the clock.
    ///
    /// # Errors
    /// Those of the function.
    pub async fn fire(&self) -> Result<Bytes, InvokeError> {
        self.function.invoke(self.event(SystemTime::now())).await
    }

    /// Invokes the function at once and then at every tick, until `stop`; then waits for the invocation under way. A
    /// failed one is logged, and the next tick is its retry.
    pub async fn run(&self, stop: CancellationToken) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            if let Err(error) = self.fire().await {
                tracing::warn!(schedule = %self.name, %error, "a scheduled invocation failed");
            }
        }
    }

    fn event(&self, at: SystemTime) -> Bytes {
        let Self { name, region, .. } = self;
        let mut event = EventBridgeEvent::<Value>::default();
        event.version = Some("0".to_owned());
        event.id = Some(Uuid::new_v4().to_string());
        event.detail_type = "Scheduled Event".to_owned();
        event.source = "aws.events".to_owned();
        event.account = Some(LOCAL_ACCOUNT.to_owned());
        event.time = Some(whole_seconds(at).into());
        event.region = Some(region.clone());
        event.resources = Some(vec![format!("arn:aws:events:{region}:{LOCAL_ACCOUNT}:rule/{name}")]);
        event.detail = json!({});
        json!(event).to_string().into()
    }
}

/// EventBridge's times have whole seconds.
fn whole_seconds(at: SystemTime) -> SystemTime {
    let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::invoke::InProcess;

    fn schedule(function: impl Invoke + 'static) -> Schedule {
        Schedule {
            name: "every-minute".into(),
            region: "af-south-1".into(),
            every: Duration::from_secs(60),
            function: Arc::new(function),
        }
    }

    #[tokio::test]
    async fn the_event_has_the_form_of_a_captured_scheduled_event() {
        let echo = schedule(InProcess::new(|event| async { Ok(event) }));
        let event = echo.fire().await.unwrap();
        let event: Value = serde_json::from_slice(&event).unwrap();
        let (id, time) = (event["id"].as_str().unwrap(), event["time"].as_str().unwrap());
        assert_eq!((id.len(), time.len()), (36, "2015-10-08T16:53:06Z".len()), "{event}");
        let expected = json!({
            "version": "0", "id": id, "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "000000000000", "time": time, "region": "af-south-1",
            "resources": ["arn:aws:events:af-south-1:000000000000:rule/every-minute"], "detail": {}
        });
        assert_eq!(event, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_schedule_invokes_at_once_and_at_every_tick_until_it_is_stopped() {
        let stop = CancellationToken::new();
        let fired = Arc::new(AtomicUsize::new(0));
        let (seen, third) = (fired.clone(), stop.clone());
        let counting = schedule(InProcess::new(move |event| {
            if seen.fetch_add(1, Ordering::SeqCst) == 2 {
                third.cancel();
            }
            async { Ok(event) }
        }));
        let began = tokio::time::Instant::now();
        counting.run(stop).await;
        assert_eq!(fired.load(Ordering::SeqCst), 3);
        assert_eq!(began.elapsed().as_secs(), 120);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_tick_does_not_end_the_schedule() {
        let stop = CancellationToken::new();
        let fired = Arc::new(AtomicUsize::new(0));
        let (seen, second) = (fired.clone(), stop.clone());
        let failing = schedule(InProcess::new(move |_| {
            if seen.fetch_add(1, Ordering::SeqCst) == 1 {
                second.cancel();
            }
            async { Err(InvokeError::Stopped) }
        }));
        failing.run(stop).await;
        assert_eq!(fired.load(Ordering::SeqCst), 2);
    }
}
