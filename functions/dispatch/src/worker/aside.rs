//! Batches that cannot be read.

use platform::telemetry;
use queue::BatchTask;
use stores::StoreError;

use super::Dispatched;
use crate::Dispatcher;

impl Dispatcher {
    /// Sets a batch aside whose items, or what it is worked off with, are damaged: nobody can tell whom it
    /// has reached, and trying again would fail for ever. Told of once, when it is set aside.
    ///
    /// What newer code wrote does not come here: that waits for newer code.
    pub(super) async fn set_aside(
        &self,
        task: BatchTask,
        token: u64,
        stored: &'static str,
    ) -> Result<Dispatched, StoreError> {
        let BatchTask { organisation, campaign, batch } = task;
        let (campaigns, now) = (&self.stores.campaigns, self.clock.now());
        let Some(header) = campaigns.header(organisation, campaign).await? else {
            return Ok(Dispatched::NoSuchBatch);
        };
        if !campaigns.set_aside(&header, batch, token, stored, now).await? {
            // It is set aside already, or closed, or somebody who could read it works on it.
            return Ok(Dispatched::Nothing);
        }
        tracing::error!(
            organisation.id = %organisation,
            campaign.id = campaign.get(),
            batch.number = batch,
            stored,
            "a batch cannot be read and was set aside"
        );
        telemetry::metrics(now.millis(), "dispatch", &[(telemetry::BATCHES_SET_ASIDE, 1)]);
        Ok(Dispatched::SetAside)
    }
}
