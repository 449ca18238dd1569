//! Applying the reports of one batch.

use domain::{
    batch::BatchState, keys::BatchKey, receipt::SlotReport, timestamp::Timestamp, wallet::Settlement,
};

use super::folded::{Folded, ReportsApplied};
use crate::{
    campaigns::{keys::head_key, store::Campaigns},
    error::StoreError,
    item::check_refused,
    retry::{RetryPolicy, Tries},
    table::{Conditional, RefusedWrite},
};

impl Campaigns {
    /// Applies reports to a batch in one write, with the counts and the money that they settle. Reports that are not
    /// new or are about another message change nothing. `folded` is the batch with the reports folded in, if it was
    /// read already.
    pub(super) async fn apply_alone(
        &self,
        key: BatchKey,
        reports: &[SlotReport],
        mut folded: Option<Folded>,
        now: Timestamp,
    ) -> Result<ReportsApplied, StoreError> {
        let mut tries = Tries::of("applying reports", RetryPolicy::CONTENTION);
        loop {
            let folded = match folded.take() {
                Some(folded) => folded,
                None => match self.batch(key).await? {
                    Some(record) => Folded::of(record, reports)?,
                    None => return Ok(ReportsApplied::default()),
                },
            };
            if folded.says_nothing_new() || self.write_alone(key, &folded, now).await? {
                return Ok(folded.applied);
            }
            tries.pause().await?;
        }
    }

    /// False if another process wrote to the batch in between.
    async fn write_alone(&self, key: BatchKey, folded: &Folded, now: Timestamp) -> Result<bool, StoreError> {
        let head = &folded.before.head;
        match head.state {
            BatchState::Closed => self.write_settling(key, folded, now).await,
            BatchState::Open | BatchState::Untouched | BatchState::SetAside => {
                let change = folded.sheet_change(head.held, now)?;
                Ok(matches!(self.table.update(&head_key(key), change).await?, Conditional::Applied))
            }
        }
    }

    async fn write_settling(
        &self,
        key: BatchKey,
        folded: &Folded,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let header = self.header(key.campaign).await?;
        let campaign_text = self.text(key.campaign).await?;
        let (Some(header), Some(campaign_text)) = (header, campaign_text) else { return Ok(true) };
        let tally = folded.tally(&campaign_text)?;
        let head = &folded.before.head;
        let change = folded.sheet_change(tally.held, now)?;
        let mut writes = vec![self.table.write_change(&head_key(key), change)?];
        writes.push(self.counters_write(&header, &tally, None)?);
        let settlement = Settlement::ByReports(head.reports_version + 1);
        writes.extend(self.money_writes(&header, &tally, key.batch, settlement, now)?);
        writes.extend(self.counts_writes(&header, folded.kept())?);
        match self.table.transact(writes).await? {
            Ok(()) => Ok(true),
            Err(RefusedWrite { item, .. }) => {
                check_refused("what reports change", item.as_ref())?;
                Ok(false)
            }
        }
    }
}
