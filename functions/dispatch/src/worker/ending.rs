//! The ends of a worker's work on a batch: it closes the batch, leaves it, or is fenced off.

use domain::{
    batch::BatchState,
    campaign::{CampaignStatus, breaks},
    dispatch::{PauseReason, Stop},
    retry::{self, RetryDecision},
    timestamp::Millis,
};
use platform::random;
use stores::{
    StoreError,
    campaigns::{Controlled, GiveBack, Moved},
};

use super::{Dispatched, FENCED_WAIT, Worker};

/// Attempts to close a batch while delivery reports change it.
const CLOSE_ATTEMPTS: u32 = 5;

impl Worker<'_> {
    /// Closes the batch, and the campaign if it was the last.
    pub(super) async fn close(mut self) -> Result<Dispatched, StoreError> {
        let campaigns = &self.dispatcher.stores.campaigns;
        for _ in 0..CLOSE_ATTEMPTS {
            let now = self.dispatcher.clock.now();
            let closed =
                campaigns.close_batch(&self.header, &self.text, &self.batch, self.token, now).await?;
            if closed == Moved::Applied {
                self.after_close().await?;
                return Ok(Dispatched::Closed);
            }
            match campaigns.batch(self.key).await? {
                Some(record) if record.head.state == BatchState::Closed => {
                    self.after_close().await?;
                    return Ok(Dispatched::Closed);
                }
                Some(record) => self.batch = record,
                None => return Ok(Dispatched::NoSuchBatch),
            }
        }
        Ok(Dispatched::Left { wait: Millis::from_secs(1) })
    }

    async fn after_close(&self) -> Result<(), StoreError> {
        let campaigns = &self.dispatcher.stores.campaigns;
        let Some(header) = campaigns.header(self.key.campaign).await? else { return Ok(()) };
        if header.open_batches == 0 {
            campaigns.finish(&header, self.dispatcher.clock.now()).await?;
        } else if header.state.is_sending() && breaks(&header.counts_since_resume()) {
            self.pause(PauseReason::TooManyRefusals).await?;
        }
        Ok(())
    }

    /// Gives the batch back with its remaining recipients.
    pub(super) async fn leave(self, stop: Option<Stop>) -> Result<Dispatched, StoreError> {
        let now = self.dispatcher.clock.now();
        let paused = !self.header.state.is_sending();
        let (wait, give_back) = match stop {
            Some(Stop::NotTaken { retry_after }) => {
                let wait = self.backoff(retry_after);
                (wait, GiveBack::PutOff(now.plus(wait)))
            }
            Some(Stop::Paced(wait)) => (wait, GiveBack::NotBefore(now.plus(wait))),
            Some(Stop::Doubt(account)) => {
                let wait = self.closed_for(account).await?;
                (wait, GiveBack::NotBefore(now.plus(wait)))
            }
            Some(Stop::InDoubt(wait)) => {
                let wait = retry::after_doubt(wait, random::jitter());
                (wait, GiveBack::NotBefore(now.plus(wait)))
            }
            Some(Stop::Fault(fault)) => return self.leave_paused(PauseReason::Fault(fault)).await,
            Some(Stop::Held) => {
                // The clock enqueues the batch again until an operator opens an account.
                self.give_back(GiveBack::Now).await?;
                return Ok(Dispatched::Nothing);
            }
            Some(Stop::Ends) => (Millis(0), GiveBack::Now),
            None if paused => (Millis(0), GiveBack::Now),
            // Without a reason to stop, the only recipients left are those that the provider has put off.
            Some(Stop::PutOff) | None => {
                let wait = retry::put_off_delay(self.batch.progress.fewest_times_put_off(), random::jitter());
                (wait, GiveBack::NotBefore(now.plus(wait)))
            }
        };
        self.give_back(give_back).await?;
        Ok(if paused { Dispatched::Nothing } else { Dispatched::Left { wait } })
    }

    /// Pauses the campaign, unless it has ended meanwhile, and gives the batch back.
    async fn leave_paused(self, reason: PauseReason) -> Result<Dispatched, StoreError> {
        let paused = self.pause(reason).await?;
        self.give_back(GiveBack::Now).await?;
        Ok(match paused {
            Controlled::Now(_) | Controlled::NotAllowed(CampaignStatus::Paused) => Dispatched::Nothing,
            Controlled::NotAllowed(_) | Controlled::Unknown => Dispatched::Left { wait: Millis(0) },
        })
    }

    /// Another worker wrote the record that this worker was about to write. If that worker holds the batch, giving it
    /// back does nothing; if it had left the batch before this worker claimed it, the batch becomes free.
    pub(super) async fn fenced(self) -> Result<Dispatched, StoreError> {
        self.give_back(GiveBack::Now).await?;
        Ok(Dispatched::Fenced { wait: FENCED_WAIT })
    }

    fn backoff(&self, retry_after: Option<Millis>) -> Millis {
        let left = self.header.valid_until.since(self.dispatcher.clock.now());
        match retry::decide(self.batch.head.delays, random::jitter(), retry_after, left) {
            RetryDecision::RetryIn(wait) => wait,
            // The next worker finds that the validity is over and gives up the recipients that are left.
            RetryDecision::GiveUp => left,
        }
    }

    async fn give_back(&self, give_back: GiveBack) -> Result<(), StoreError> {
        let campaigns = &self.dispatcher.stores.campaigns;
        campaigns.give_back(self.key, self.token, give_back).await
    }
}
