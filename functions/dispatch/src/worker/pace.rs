//! Waiting for a turn of the provider's account: its rate, and the pauses that it asked for.

use std::time::Duration;

use domain::{api_key::KeyMode, timestamp::Millis};
use stores::{StoreError, campaigns::Turn};

use super::{GROUP_TIME, Worker};

impl Worker<'_> {
    /// Leases the account's time for a group and waits for it, and says whether it had to. Where it lies
    /// beyond this worker's own time nothing is leased, and the batch waits outside instead of here.
    pub(super) async fn wait_for_turn(&self, recipients: usize) -> Result<Turn, StoreError> {
        if self.header.mode == KeyMode::Test {
            return Ok(Turn::Now);
        }
        let segments = recipients as u32 * u32::from(self.text.message.segments().get());
        let longest_wait = Millis(self.time_left().0 - GROUP_TIME.0);
        let campaigns = &self.dispatcher.stores.campaigns;
        let (account, now) = (self.provider.name().to_string(), self.dispatcher.clock.now());
        let turn = campaigns.take_turn(&account, self.dispatcher.pace, segments, longest_wait, now).await?;
        if let Turn::After(wait) = turn {
            tokio::time::sleep(Duration::from_millis(wait.0.unsigned_abs())).await;
        }
        Ok(turn)
    }

    /// Has every worker leave the account alone for a while.
    pub(super) async fn hold_account(&self, pause: Millis) -> Result<(), StoreError> {
        if self.header.mode == KeyMode::Test {
            return Ok(());
        }
        let until = self.dispatcher.clock.now().plus(pause);
        self.dispatcher.stores.campaigns.hold_account(&self.provider.name().to_string(), until).await
    }
}
