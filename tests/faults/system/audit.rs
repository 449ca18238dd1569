//! The assertions at the end of every test.

use std::sync::atomic::Ordering;

use auditor::Options;
use providers::Provider;
use tests::{
    audit::{CallLog, Evidence, ProviderTruth, judge},
    proxy::{Call, Fault},
};

use super::FaultSystem;

impl FaultSystem<'_> {
    /// Runs everything to its end, and checks the result by every rule.
    pub async fn finish(&self, context: &str) {
        self.unharmed();
        self.settle().await;
        self.audit(context).await;
    }

    /// Compares ended campaigns with the provider's record, and the money with both.
    pub async fn audit(&self, context: &str) {
        for campaign in self.campaigns().await {
            assert!(campaign.finished_at.is_some(), "{context}: {campaign:?}");
            assert_eq!(campaign.counts.dispatched() as u64, campaign.recipients, "{context}: {campaign:?}");
        }
        self.hold_to_every_rule(context).await;
    }

    /// The auditor's findings about the organisation; the auditor shares no code with the system.
    pub async fn hold_to_every_rule(&self, context: &str) {
        let lost = self.lost_groups(&self.calls());
        let mut provider = ProviderTruth::new().with_lost_answers(lost, self.truth.max_recipients() as u64);
        for (reference, taken) in self.truth.taken() {
            (0..taken.times).for_each(|_| provider.took(&reference, taken.number.as_u64()));
        }
        let organisation = Some(self.organisation.to_string());
        let now_millis = self.clock.now().millis();
        let evidence = Evidence { provider: Some(provider), calls: Some(self.call_log()) };
        let options = Options { now_millis, organisation };
        let verdict = judge(&self.emulators.auditor, options, evidence).await.unwrap();
        assert!(verdict.is_clean(), "{context}: {verdict}");
    }

    /// The auditor's findings about the organisation during its work.
    pub async fn audit_stored(&self, context: &str) {
        let organisation = Some(self.organisation.to_string());
        let options = Options { now_millis: self.clock.now().millis(), organisation };
        let report = self.emulators.auditor.audit(options).await.unwrap();
        assert!(report.findings.is_empty(), "{context}: {report}");
    }

    /// The calls of this system's functions, without the clock's calls for other tests' systems.
    fn call_log(&self) -> CallLog {
        let mut log = self.reasons.lock().unwrap().clone();
        let own = self.organisation.to_string();
        for call in self.calls() {
            let is_own = |partition: &String| partition.contains(&own) || !partition.contains('#');
            match call.context() {
                Some(organisation) => log.served(organisation, call.partitions.iter().cloned()),
                None => log.served_all(u64::from(call.partitions.iter().any(is_own))),
            }
            log.failed(u64::from(call.fault.is_felt()));
            if call.operation.starts_with("SendMessage") {
                match call.function() {
                    // `redrive` moves messages that were sent before.
                    "operator" => {}
                    "dispatch" => log.sent_by_workers(call.entries as u64),
                    _ => log.sent(call.entries as u64),
                }
            }
        }
        log
    }

    /// Groups whose outcome may be unknown: a lost answer of the provider, a crashed worker, a journal record whose
    /// write was reported as failed.
    fn lost_groups(&self, calls: &[Call]) -> u64 {
        let is_record = |call: &&Call| call.function() == "dispatch" && call.operation == "PutItem";
        let dies = |call: &&Call| matches!(call.fault, Fault::CrashBefore | Fault::CrashAfter);
        let felt = calls.iter().filter(is_record).filter(|call| call.fault.is_felt() && !dies(call));
        let lost = u64::from(self.truth.lost_calls()) + self.losses.load(Ordering::Relaxed);
        lost + felt.count() as u64
    }
}
