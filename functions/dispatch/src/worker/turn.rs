//! Turns of the provider's account: its rate, and the pauses that it asked for.

use std::time::Duration;

use domain::{
    api_key::KeyMode,
    pacing::{Turn, TurnRequest},
    timestamp::Millis,
};
use stores::{StoreError, campaigns::StoredTurns};

use super::{GROUP_TIME, Worker};

impl Worker<'_> {
    /// Whether the campaign is handed over to the provider's account: test keys are not.
    pub(super) fn uses_account(&self) -> bool {
        self.header.mode == KeyMode::Live
    }

    pub(super) async fn account_turns(&self) -> Result<StoredTurns, StoreError> {
        self.dispatcher.stores.campaigns.account_turns(self.provider.name().account()).await
    }

    /// Takes a turn for a group, and waits until it begins. A turn that begins after this worker's own time is not
    /// taken: the batch then waits outside instead of here.
    pub(super) async fn wait_for_turn(
        &self,
        turns: StoredTurns,
        recipients: usize,
    ) -> Result<Turn, StoreError> {
        let request = TurnRequest {
            pace: self.dispatcher.pace,
            segments: recipients as u32 * u32::from(self.text.message.segments().get()),
            longest_wait: Millis(self.time_left().0 - GROUP_TIME.0),
            now: self.dispatcher.clock.now(),
        };
        let campaigns = &self.dispatcher.stores.campaigns;
        let turn = campaigns.take_turn(self.provider.name().account(), turns, &request).await?;
        if let Turn::Go { wait } = turn
            && wait > Millis(0)
        {
            tokio::time::sleep(Duration::from_millis(wait.0.unsigned_abs())).await;
        }
        Ok(turn)
    }

    /// Has every worker leave the account alone for a while.
    pub(super) async fn hold_account(&self, pause: Millis) -> Result<(), StoreError> {
        if !self.uses_account() {
            return Ok(());
        }
        let until = self.dispatcher.clock.now().plus(pause);
        self.dispatcher.stores.campaigns.hold_account(self.provider.name().account(), until).await
    }
}
