//! Carries out the follow-up actions of a call, beside its outcomes.

use domain::{
    dispatch::{FollowUp, PauseReason},
    ids::AccountName,
};
use platform::telemetry;
use stores::{StoreError, campaigns::Controlled};

use super::Worker;

impl Worker<'_> {
    /// Carries out the follow-up of a call to an account.
    pub(super) async fn carry_out(
        &self,
        account: AccountName,
        follow_up: FollowUp,
    ) -> Result<(), StoreError> {
        // Stored first: until then, other workers go on calling a provider that does not answer.
        if let Some(news) = follow_up.news {
            self.learn_of_call(account, news, follow_up.probe).await?;
        }
        if let Some(reason) = follow_up.pause {
            self.pause(reason).await?;
        }
        match follow_up.hold {
            Some(pause) => self.throttle_account(account, pause).await,
            None => Ok(()),
        }
    }

    pub(super) async fn pause(&self, reason: PauseReason) -> Result<Controlled, StoreError> {
        let (reason, now) = (reason.code(), self.dispatcher.clock.now());
        let paused = self.dispatcher.stores.campaigns.pause(self.key.campaign, Some(reason), now).await?;
        // Only one of the workers that meet the fault pauses the campaign.
        if matches!(paused, Controlled::Now(_)) {
            tracing::error!(reason, "a campaign is paused");
            if self.uses_account() {
                telemetry::metrics(now.millis(), crate::FUNCTION, &[(telemetry::CAMPAIGNS_PAUSED, 1)]);
            }
        }
        Ok(paused)
    }
}
