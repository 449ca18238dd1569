//! Reads a batch of a page; a damaged one removes only its own rows.

use domain::ids::BatchNumber;
use stores::{
    StoreError,
    campaigns::{BatchRecord, CampaignHeader, Campaigns},
};

/// The result of reading a batch.
pub(super) enum Batch<T> {
    Read(T),
    /// The batch is damaged; the number of its recipients that cannot be read.
    Unreadable(u64),
    /// The batch has passed its retention.
    Forgotten,
}

impl<T> Batch<T> {
    pub(super) fn map<U>(self, read: impl FnOnce(T) -> U) -> Batch<U> {
        match self {
            Self::Read(batch) => Batch::Read(read(batch)),
            Self::Unreadable(recipients) => Batch::Unreadable(recipients),
            Self::Forgotten => Batch::Forgotten,
        }
    }

    pub(super) fn read(self) -> Option<T> {
        if let Self::Read(batch) = self { Some(batch) } else { None }
    }

    pub(super) const fn unreadable(&self) -> u64 {
        if let Self::Unreadable(recipients) = self { *recipients } else { 0 }
    }
}

/// A batch, of which `recipients` are of interest.
pub(super) async fn read(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    batch: BatchNumber,
    recipients: u64,
) -> Result<Batch<BatchRecord>, StoreError> {
    match campaigns.batch(header.key.batch(batch)).await {
        Ok(Some(record)) => Ok(Batch::Read(record)),
        Ok(None) => Ok(Batch::Forgotten),
        Err(error @ StoreError::Unreadable { .. }) => {
            tracing::error!(%error, batch.number = batch, "a batch cannot be read and is missing from a page");
            Ok(Batch::Unreadable(recipients))
        }
        Err(error) => Err(error),
    }
}
