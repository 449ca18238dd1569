//! Lets workers retry batches that were set aside, after their damaged items were repaired.
//!
//! The mark is removed before the batch is enqueued: after a crash in between the batch is free, and the clock enqueues
//! it. A batch that is still damaged is set aside again.
//!
//! The heads say which batches are set aside, and the header's count is corrected by them, because an item that was
//! restored from a backup is older than the mark.

use domain::{batch::BatchState, ids::BatchNumber};
use queue::{QueueError, Queues};
use stores::{
    StoreError,
    campaigns::{CampaignHeader, Campaigns, EVERY_DUE_SHARD, Mark},
};
use thiserror::Error;

/// Why not all batches were retried. A repeated command retries the remaining ones.
#[derive(Debug, Error)]
pub enum TakeUpError {
    /// A table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue did not accept a message. The clock enqueues those batches.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// The result of taking batches up again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TakenUp {
    /// Batches that workers retry.
    pub batches: u64,
    /// Campaigns whose header cannot be read, so it is not known whether they have such batches.
    pub unreadable_campaigns: u64,
}

/// Lets workers retry every batch that is set aside.
///
/// # Errors
/// If a table or the queue does not answer.
pub async fn take_up_set_aside(campaigns: &Campaigns, queues: &Queues) -> Result<TakenUp, TakeUpError> {
    let mut taken_up = TakenUp::default();
    for shard in EVERY_DUE_SHARD {
        for key in campaigns.under_way(shard).await? {
            match campaigns.header(key).await {
                Ok(Some(header)) if header.open_batches > 0 || header.set_aside != 0 => {
                    taken_up.batches += take_up(campaigns, queues, &header).await?;
                }
                Ok(_) => {}
                Err(error) if error.is_about_an_item() => taken_up.unreadable_campaigns += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(taken_up)
}

async fn take_up(
    campaigns: &Campaigns,
    queues: &Queues,
    header: &CampaignHeader,
) -> Result<u64, TakeUpError> {
    let heads = campaigns.heads(header.key, 0..header.batches()).await?;
    let aside = heads.read.into_iter().filter(|(_, head)| head.state == BatchState::SetAside);
    let aside: Vec<BatchNumber> = aside.map(|(batch, _)| batch).collect();
    if aside.len() as i64 != header.set_aside {
        campaigns.recount_aside(header, aside.len() as i64).await?;
    }
    let mut batches = Vec::with_capacity(aside.len());
    for batch in aside {
        match campaigns.take_up_again(header.key.batch(batch)).await? {
            Mark::Changed => batches.push(batch),
            Mark::Unchanged => {}
        }
    }
    let count = batches.len() as u64;
    queues.enqueue_batches(header.key, header.lane(), batches).await?;
    Ok(count)
}
