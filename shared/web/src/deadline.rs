//! The deadline of the invocation that a request is.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime},
};

use axum::extract::FromRequestParts;
use http::request::Parts;
use lambda_http::Context;
use platform::deadline::Deadline;

/// The time of a request that does not come from Lambda: the same as in the deployed functions.
const TIME_OF_A_REQUEST: Duration = Duration::from_secs(29);

/// When Lambda ends the process unless the request is answered.
///
/// Lambda counts from the invocation's beginning, before the body was read and the key checked.
#[derive(Clone, Copy, Debug)]
pub struct InvocationDeadline(pub Deadline);

impl<S: Sync> FromRequestParts<S> for InvocationDeadline {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let context = parts.extensions.get::<Context>().filter(|context| context.deadline > 0);
        let left = context.map_or(TIME_OF_A_REQUEST, |context| {
            context.deadline().duration_since(SystemTime::now()).unwrap_or_default()
        });
        Ok(Self(Deadline::after(left)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn left(context: Option<Context>) -> Duration {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.extensions.extend(context.into_iter().fold(http::Extensions::new(), |mut all, context| {
            all.insert(context);
            all
        }));
        let InvocationDeadline(deadline) = InvocationDeadline::from_request_parts(&mut parts, &())
            .await
            .unwrap_or_else(|never| match never {});
        deadline.left()
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_is_lambdas_own_and_that_of_the_template_without_one() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let at = |millis: u64| {
            let mut context = Context::default();
            context.deadline = millis;
            Some(context)
        };
        let left_of_ten_seconds = left(at(now.as_millis() as u64 + 10_000)).await;
        assert!((Duration::from_secs(8)..=Duration::from_secs(10)).contains(&left_of_ten_seconds));
        assert_eq!(left(at(now.as_millis() as u64 - 10_000)).await, Duration::ZERO);
        assert_eq!([left(at(0)).await, left(None).await], [Duration::from_secs(29); 2]);
    }
}
