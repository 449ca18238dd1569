//! Records which function could not read its secret when it started. The health endpoint shows it, because a function
//! that cannot start cannot answer.

use domain::timestamp::{Millis, Timestamp};

use super::store::Campaigns;
use crate::{
    error::StoreError,
    item::{Item, number},
    table::{Change, health_key},
};

/// How long a failed start counts. Waiting batches are enqueued every two minutes, and each starts the function again,
/// so that a secret that stays unreadable is recorded again long before.
const FAILED_START_COUNTS: Millis = Millis::from_mins(30);
const ATTRIBUTE_END: &str = "_secret_unreadable_at";

impl Campaigns {
    /// Notes that a function could not read its secret.
    pub async fn note_unreadable_secret(&self, function: &str, now: Timestamp) -> Result<(), StoreError> {
        let change =
            Change::new(format!("SET {function}{ATTRIBUTE_END} = :now")).value(":now", number(now.millis()));
        self.table.update(&health_key(), change).await.map(drop)
    }

    /// Removes the note, if there is one, since the function has started. Also primes the connection to the table.
    pub async fn note_start(&self, function: &str) -> Result<(), StoreError> {
        let attribute = format!("{function}{ATTRIBUTE_END}");
        let item = self.table.get(&health_key()).await?;
        if item.is_some_and(|item| item.contains_key(&attribute)) {
            self.table.update(&health_key(), Change::new(format!("REMOVE {attribute}"))).await?;
        }
        Ok(())
    }

    /// Whether a function could not read its secret at its last start.
    pub async fn has_unreadable_secret(&self, now: Timestamp) -> Result<bool, StoreError> {
        let item = self.table.get(&health_key()).await?;
        Ok(item.is_some_and(|item| has_failed_start(&item, now)))
    }
}

fn has_failed_start(item: &Item, now: Timestamp) -> bool {
    let starts = item.iter().filter(|(name, _)| name.ends_with(ATTRIBUTE_END));
    let mut times = starts.filter_map(|(_, at)| at.as_n().ok()?.parse().ok()).map(Timestamp::from_millis);
    times.any(|at| now.since(at) < FAILED_START_COUNTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_start_counts_for_half_an_hour() {
        let at = Timestamp::from_secs(1_800_000_000);
        let item = Item::from([
            ("pk".to_owned(), crate::item::text("HEALTH")),
            ("dispatch_secret_unreadable_at".to_owned(), number(at.millis())),
        ]);
        assert!(has_failed_start(&item, at.plus(Millis::from_mins(29))));
        assert!(!has_failed_start(&item, at.plus(Millis::from_mins(30))));
        assert!(!has_failed_start(&Item::new(), at));
    }
}
