//! Sets batches aside that cannot be read.

use domain::keys::BatchKey;
use platform::telemetry;
use stores::{StoreError, campaigns::Mark};

use super::Dispatched;
use crate::dispatcher::Dispatcher;

impl Dispatcher {
    /// Sets a batch aside if its items, its campaign's text or the organisation's opt-outs are damaged: it is not known
    /// which recipients it has reached, and another attempt would fail again. The log and the metric name it once.
    ///
    /// Items of a newer form are not damaged: such a batch waits for a newer version.
    pub(super) async fn set_aside(
        &self,
        key: BatchKey,
        token: u64,
        stored: &'static str,
    ) -> Result<Dispatched, StoreError> {
        let (campaigns, now) = (&self.stores.campaigns, self.clock.now());
        let Some(header) = campaigns.header(key.campaign).await? else {
            return Ok(Dispatched::NoSuchBatch);
        };
        match campaigns.set_aside(&header, key.batch, token, stored, now).await? {
            Mark::Changed => {}
            // The batch is set aside already, or closed, or held by a worker that could read it.
            Mark::Unchanged => return Ok(Dispatched::Nothing),
        }
        tracing::error!(stored, "a batch cannot be read and was set aside");
        telemetry::metrics(now.millis(), "dispatch", &[(telemetry::BATCHES_SET_ASIDE, 1)]);
        Ok(Dispatched::SetAside)
    }
}
