//! A provider that is down for a minute in the middle of a campaign.

use std::{cell::Cell, time::Duration};

use domain::{money::Money, pacing::PROBE_RECIPIENTS};
use serde_json::json;
use tests::every;

use crate::{
    acts::post,
    audit::audit,
    chance::Chance,
    customers::Customer,
    provider::{CallEnd, PAUSE},
    run::{all, on_virtual_time, release, services, settle},
    shape::Shape,
    system::System,
};

/// A group is twice a probe, and a batch two groups.
const SHAPE: &str =
    "12,organisations=1,contacts=200,faults=0,provider_faults=0,message_faults=0,group=20,batch=40,workers=2";
/// Batches that are dispatched at the same time: each worker takes up to three.
const BATCHES_AT_ONCE: usize = 6;
const OUTAGE: Duration = Duration::from_mins(1);

/// A campaign under way.
struct Sent {
    system: System,
    customers: [Customer; 1],
    campaign: u64,
    recipients: u64,
}

impl Sent {
    async fn accepted() -> Self {
        let system = System::start(SHAPE.parse::<Shape>().unwrap()).await;
        let mut chance = Chance::of(system.shape.seed, "outage");
        let now = system.time.now();
        let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
        let money = Money::from_ten_thousandths(100_000_000);
        system.stores.accounts.wallets.top_up(customer.id, "more", money, now).await.unwrap();
        let topped_up = ("more".to_owned(), money.ten_thousandths());
        customer.confirmed.lock().unwrap().top_ups.extend([topped_up]);
        let body = json!({"group_ids": customer.books, "message": "Hello!"});
        let (status, answer) =
            system.request(post(&customer, "/v1/sms/send-group/", Some("send"), &body)).await.unwrap();
        assert_eq!(status, 202, "{answer}");
        let count = |name: &str| answer[name].as_u64().unwrap();
        let (campaign, recipients) = (count("campaign_id"), count("recipients_count"));
        let accepted = ("send".to_owned(), (campaign, recipients));
        customer.confirmed.lock().unwrap().accepted.extend([accepted]);
        Self { system, customers: [customer], campaign, recipients }
    }

    async fn status(&self) -> serde_json::Value {
        let asked = json!({"campaign_id": self.campaign});
        let status = post(&self.customers[0], "/v1/sms/campaigns/status/", None, &asked);
        self.system.request(status).await.unwrap().1
    }

    /// Sends an eighth, then lets the outage pass, then lets everything end.
    async fn outlive(&self, outage: CallEnd) {
        let Self { system, .. } = self;
        while (system.truth.taken().len() as u64) < self.recipients / 8 {
            system.time.pass(Duration::from_millis(100)).await;
        }
        system.truth.set_outage(Some(outage));
        system.time.pass(OUTAGE * 3 / 4).await;
        let status = self.status().await;
        assert_eq!(status["waiting"]["reason"], "provider_in_doubt", "{outage:?}: {status}");
        system.time.pass(OUTAGE / 4).await;
        system.truth.set_outage(None);
        while self.status().await["finished_at"].is_null() {
            assert_ne!(self.status().await["status"], "paused", "{outage:?}");
            system.time.pass(Duration::from_mins(1)).await;
        }
        settle(system, &self.customers).await.unwrap();
    }
}

async fn meet(outage: CallEnd) {
    let sent = Sent::accepted().await;
    let Sent { system, customers, recipients, .. } = &sent;
    let over = Cell::new(false);
    let story = async {
        sent.outlive(outage).await;
        over.set(true);
    };
    tokio::join!(story, all(services(system, &over)));
    release(system).await;
    let evidence = audit(system, customers).await.unwrap();
    let lost_calls = system.truth.lost_calls();
    let sizes = lost_calls.iter().map(|(_, recipients)| *recipients);
    let (probes, groups): (Vec<usize>, Vec<usize>) =
        sizes.partition(|recipients| *recipients <= PROBE_RECIPIENTS);
    assert!((1..=BATCHES_AT_ONCE).contains(&groups.len()), "{outage:?}: {groups:?}");
    assert!((1..=5).contains(&probes.len()), "{outage:?}: {probes:?}");
    if outage == CallEnd::Unavailable {
        assert_pauses_are_kept(&lost_calls);
    }
    let lost: usize = probes.iter().chain(&groups).sum();
    let unconfirmed = evidence.count("unconfirmed");
    let known = ["sent", "delivered", "undelivered"].map(|status| evidence.count(status)).iter().sum::<u64>();
    assert_eq!(known + unconfirmed, *recipients, "{outage:?}: {evidence:?}");
    match outage {
        // Reports settle some of these recipients.
        CallEnd::TakesThenFails | CallEnd::TakesThenSilent | CallEnd::Resets => {
            assert!(unconfirmed < lost as u64, "{outage:?}")
        }
        _ => assert_eq!(unconfirmed, lost as u64, "{outage:?}"),
    }
}

/// A provider that asks for a pause with `Retry-After` gets no probe before its end.
fn assert_pauses_are_kept(lost_calls: &[(Duration, usize)]) {
    let pause = Duration::from_millis(PAUSE.0 as u64);
    let is_probe = |(_, recipients): &&(Duration, usize)| *recipients <= PROBE_RECIPIENTS;
    let mut before = lost_calls.iter().filter(|call| !is_probe(call)).map(|(at, _)| *at).max().unwrap();
    for (at, _) in lost_calls.iter().filter(is_probe) {
        assert!(*at >= before + pause, "probed {:?} after a call that asked for {pause:?}", *at - before);
        before = *at;
    }
}

/// The full audit checks that all others were sent to once. Without `EVERY=outages` only the end of a call is tried whose
/// recipients were taken, and are reported on.
#[test]
#[ignore = "long: .ci/run"]
fn an_outage_makes_only_the_calls_under_way_and_ten_recipients_a_probe_unconfirmed() {
    let ends = [CallEnd::TakesThenFails, CallEnd::Unavailable, CallEnd::Silent, CallEnd::Resets];
    for outage in ends.into_iter().take(if every("outages") { 4 } else { 1 }) {
        on_virtual_time(12, meet(outage));
    }
}
