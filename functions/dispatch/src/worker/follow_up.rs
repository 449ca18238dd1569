//! Carrying out what a call leads to beside its outcomes.

use domain::dispatch::{FollowUp, PauseReason};
use stores::StoreError;

use super::Worker;

impl Worker<'_> {
    pub(super) async fn carry_out(&mut self, follow_up: FollowUp) -> Result<(), StoreError> {
        // First of all: until it is stored, other workers go on calling a provider that answers nothing.
        if let Some(news) = follow_up.news {
            self.learn_of_call(news).await?;
        }
        if let Some(reason) = follow_up.pause {
            self.pause(reason).await?;
        }
        match follow_up.hold {
            Some(pause) => self.hold_account(pause).await,
            None => Ok(()),
        }
    }

    pub(super) async fn pause(&self, reason: PauseReason) -> Result<(), StoreError> {
        let (campaign, reason) = (self.key.campaign, reason.code());
        tracing::error!(campaign.id = campaign.number(), reason, "a campaign is paused");
        let now = self.dispatcher.clock.now();
        self.dispatcher.stores.campaigns.pause(campaign, Some(reason), now).await.map(drop)
    }
}
