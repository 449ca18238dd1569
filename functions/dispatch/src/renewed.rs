//! The adapter of the deployment's account, created again if its secrets have changed.
//!
//! Secrets are read once, at cold start. When an operator replaces a key, each instance meets a fault of the credentials
//! once: it reads the secrets again, and the call counts as not taken instead of pausing the campaign.

use std::{fmt, sync::Arc};

use domain::{ids::AccountName, outcome::AccountFault};
use platform::{
    clock::Clock,
    renewal::{ReadAgain, Renewable, Renewal},
};
use providers::{Account, BoxFuture, Kind, Provider, Report, Submission, Submitted};

/// Reads the account with its secrets; `None` if that fails.
pub type ReadAccount = ReadAgain<Account>;

/// A provider whose account is read again after a fault of its credentials.
pub struct RenewedProvider {
    read: ReadAccount,
    clock: Clock,
    current: Renewable<Current>,
}

#[derive(Clone)]
struct Current {
    account: Account,
    provider: Arc<dyn Provider>,
}

impl RenewedProvider {
    /// Starts with an account that was just read, and its adapter.
    pub fn new(account: Account, provider: Arc<dyn Provider>, read: ReadAccount, clock: Clock) -> Self {
        Self { read, clock, current: Renewable::new(Current { account, provider }) }
    }

    fn current(&self) -> Current {
        self.current.current()
    }

    async fn hand_over(&self, submission: &Submission) -> Submitted {
        let used = self.current();
        let submitted = used.provider.submit(submission).await;
        let is_refused = submitted.signals().fault == Some(AccountFault::Credentials);
        if is_refused && self.is_renewed(&used.account).await {
            return submitted.without_fault();
        }
        submitted
    }

    /// Whether the account has other secrets than those that were used. Reads them if no other call just did.
    async fn is_renewed(&self, used: &Account) -> bool {
        let is_newer = |current: &Current| !current.account.has_secrets_of(used);
        let renewal = self.current.renew(self.clock.now(), is_newer, self.read_again()).await;
        renewal == Renewal::Renewed
    }

    async fn read_again(&self) -> Option<Current> {
        let Some(account) = (self.read)().await else {
            tracing::error!("the secrets could not be read again");
            return None;
        };
        match account.connect() {
            Ok(provider) => Some(Current { account, provider }),
            Err(error) => {
                tracing::error!(%error, "the account's new secrets cannot be used");
                None
            }
        }
    }
}

impl Provider for RenewedProvider {
    fn kind(&self) -> &'static Kind {
        self.current().provider.kind()
    }

    fn account(&self) -> AccountName {
        self.current().account.name()
    }

    fn max_recipients(&self) -> usize {
        self.current().provider.max_recipients()
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(self.hand_over(submission))
    }

    fn invocation_ended(&self) {
        self.current().provider.invocation_ended();
    }

    fn reports(&self, submission: &Submission, submitted: &Submitted) -> Vec<Report> {
        self.current().provider.reports(submission, submitted)
    }
}

impl fmt::Debug for RenewedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Current { account, provider } = self.current();
        f.debug_struct("RenewedProvider").field("account", &account).field("provider", &provider).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use domain::outcome::SendOutcome;
    use platform::stage::Stage;
    use providers::{Recipient, sandbox};

    use super::*;

    /// Refuses the credentials of every call.
    #[derive(Debug)]
    struct Refusing;

    impl Provider for Refusing {
        fn kind(&self) -> &'static Kind {
            &sandbox::KIND
        }

        fn max_recipients(&self) -> usize {
            100
        }

        fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
            Box::pin(async {
                // Yields, so that several calls are under way at once.
                tokio::task::yield_now().await;
                Submitted::account_fault(submission, AccountFault::Credentials)
            })
        }
    }

    fn account(secret: &str) -> Account {
        Account::new(&sandbox::KIND, Stage::Test).with_secret("callback_secret", secret)
    }

    /// A provider that refuses the account's first secret, and a counter of the account's readings.
    fn provider(read_again: &'static str) -> (RenewedProvider, Arc<AtomicUsize>) {
        let reads = Arc::<AtomicUsize>::default();
        let counted = reads.clone();
        let read: ReadAccount = Box::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move { Some(account(read_again)) })
        });
        (RenewedProvider::new(account("old"), Arc::new(Refusing), read, Clock::machine()), reads)
    }

    fn submission() -> Submission {
        let reference = "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.5".parse().unwrap();
        let msisdn = domain::msisdn::Msisdn::from_digits(254_711_000_901).unwrap();
        let text = "Habari".to_owned().try_into().unwrap();
        Submission::new(
            "ACME".parse().unwrap(),
            text,
            vec![Recipient { msisdn, reference, times_put_off: 0 }],
        )
        .unwrap()
    }

    #[tokio::test]
    async fn a_replaced_key_pauses_no_campaign_and_is_used_by_the_next_call() {
        let (provider, reads) = provider("new");
        let submission = submission();
        let calls = (0..3).map(|_| provider.submit(&submission));
        for submitted in futures_util::future::join_all(calls).await {
            assert_eq!(submitted.signals().fault, None);
            assert_eq!(submitted.outcomes(), [SendOutcome::NotTaken]);
        }
        let accepted = provider.submit(&submission).await;
        assert!(matches!(accepted.outcomes(), [SendOutcome::Accepted { .. }]), "{accepted:?}");
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_refused_key_that_was_not_replaced_is_a_fault_and_is_read_again_once() {
        let (provider, reads) = provider("old");
        for _ in 0..3 {
            let submitted = provider.submit(&submission()).await;
            assert_eq!(submitted.signals().fault, Some(AccountFault::Credentials));
        }
        assert_eq!(reads.load(Ordering::Relaxed), 1);
    }
}
