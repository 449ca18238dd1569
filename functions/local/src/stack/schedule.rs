//! The schedule of the function `clock`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use lambda_emulator::{Invoke, schedule::Schedule};

/// The time between two runs of the clock. A minute on AWS; less here, because runs cost nothing and a developer who
/// schedules a campaign waits for it.
pub const SCHEDULE_EVERY: Duration = Duration::from_secs(10);

/// The rule that `template.yaml` declares, at the local pace.
pub(super) fn schedule(variables: &BTreeMap<String, String>, clock: Arc<dyn Invoke>) -> Schedule {
    Schedule {
        name: "clock".to_owned(),
        region: variables.get("AWS_REGION").cloned().unwrap_or_default(),
        every: SCHEDULE_EVERY,
        function: clock,
    }
}
