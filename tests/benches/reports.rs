//! What providers report: a million reports in random order held against a reference, what reports cost by the way that
//! they come, and how far the search for a message goes if a report names none.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use domain::{
    ids::{AccountName, Slot},
    msisdn::Msisdn,
    routes::RouteList,
};
use http::Method;
use locator::{Locator, MOST_CAMPAIGNS};
use providers::{Kind, africastalking};
use serde_json::json;
use stores::{Creation, StoreError, accounts::provider_accounts::StoredAccount};

use crate::{
    options::Options,
    support::{
        books,
        campaign::{self, Sent},
        cost::{Measured, Step},
        deployment,
        measured_stack::{MeasuredStack, Setup},
        prices::{Prices, Quantities},
        provider::CALLBACK_SECRET,
        storm::Storm,
        table::{Table, count, short},
    },
};

/// Campaigns that are under way at once: a report may be about any of them.
const CAMPAIGNS: [usize; 3] = [10, 300, 3_000];
/// Recipients of each.
const CONTACTS: usize = 100;
/// The account that has every tenth of them, and its first number.
const SECOND: AccountName = AccountName::new("second");
const SECOND_FROM: u64 = 254_110_000_000;
/// Searches whose median is taken.
const SEARCHES: usize = 21;
/// Recipients of the campaign whose reports are priced, and how many come by callbacks one by one.
const PRICED: usize = 100_000;
const CALLBACKS: usize = 2_000;
/// Most reports of one of Infobip's calls.
const GROUP: usize = 100;

/// Runs all three.
pub async fn run(options: &Options) {
    search().await;
    ways(&Prices::read()).await;
    storm(options.laborious).await;
}

async fn storm(recipients: usize) {
    let measured = MeasuredStack::start(Setup::MeteredInProcess).await;
    let books = books::overlapping(&measured, recipients).await;
    let (sent, _) = campaign::send(&measured, &books).await;
    let storm = Storm::of(&measured, &sent).await;
    let (before, begun) = (measured.read(), Instant::now());
    campaign::apply_directly(&measured, &storm.tasks, deployment::function("ReceiptsFunction").messages)
        .await;
    let (wall, reading) = (begun.elapsed(), measured.read().since(&before));
    storm.hold(&measured, &sent).await;
    let title = "Reports in random order over a whole campaign, equal to the reference";
    let columns = ["recipients", "reports", "write units for 1,000 reports", "read units", "s", "reports/s"];
    let mut table = Table::new(title, &columns);
    let thousands = storm.tasks.len() as f64 / 1e3;
    table.row([
        count(sent.recipients as u64),
        count(storm.tasks.len() as u64),
        short(reading.dynamodb.write_units() / thousands),
        short(reading.dynamodb.read_units() / thousands),
        short(wall.as_secs_f64()),
        short(storm.tasks.len() as f64 / wall.as_secs_f64()),
    ]);
    table.print();
    measured.stack.stop().await;
}

/// Dollars by the way that reports come: one a callback, a hundred a callback, through a topic.
async fn ways(prices: &Prices) {
    let kind: &'static Kind = &africastalking::KIND;
    let infobip = ("INFOBIP_CALLBACK_SECRET".to_owned(), CALLBACK_SECRET.to_owned());
    let measured =
        MeasuredStack::start_calling(Setup::MeteredInProcess, kind, BTreeMap::from([infobip])).await;
    let books = books::overlapping(&measured, PRICED).await;
    let (sent, _) = campaign::send(&measured, &books).await;
    let callbacks = campaign::call_back(&measured, &sent.taken[..CALLBACKS]).await;
    let grouped = call_back_in_groups(&measured, &sent).await;
    let published = publish(&measured, &sent).await;
    let applied = campaign::apply_reports(&measured, &sent, prices).await;
    measured.stack.stop().await;
    let applying = prices.total(&applied.quantities(prices, 0.0));
    let columns = ["way", "requests for 1,000 reports", "dollars a million until queued", "and applied"];
    let mut table =
        Table::new("A million reports by the way that they come, computing time left out", &columns);
    for (way, measured) in [("a callback each", &callbacks), ("100 a callback", &grouped)] {
        let requests = measured.invocations as f64 + measured.reading.sqs.total() as f64;
        let dollars = prices.total(&measured.quantities(prices, 0.0));
        table.row(way_row(way, requests / measured.recipients as f64, dollars, applying));
    }
    let by_topic: Quantities = BTreeMap::from([("sns_publishes", 1e6), ("sqs_requests", published * 1e6)]);
    table.row(way_row("SNS (AWS)", 1.0 + published, prices.total(&by_topic), applying));
    table.print();
}

fn way_row(way: &str, requests: f64, dollars: f64, applying: f64) -> [String; 4] {
    [way.to_owned(), short(requests * 1e3), format!("{dollars:.3}"), format!("{:.3}", dollars + applying)]
}

/// Infobip's callbacks about some messages, which are forgotten once they are queued.
async fn call_back_in_groups(measured: &MeasuredStack, sent: &Sent) -> Measured {
    let path = format!("/v1/providers/infobip/receipts/{CALLBACK_SECRET}/");
    let result = |slot: usize| {
        let reference = sent.campaign.batch(0).message(slot as Slot);
        json!({"messageId": format!("{reference}-0"), "status": {"id": 5, "name": "DELIVERED_TO_HANDSET"},
               "mccMnc": "63902"})
    };
    let before = measured.read();
    let slots: Vec<usize> = (0..1_000).collect();
    let groups = slots.chunks(GROUP);
    let invocations = groups.len() as u64;
    for group in groups {
        let body = json!({"results": group.iter().map(|slot| result(*slot)).collect::<Vec<_>>()}).to_string();
        let kind = [("content-type", "application/json")];
        let answer = measured.api.without_key().call(Method::POST, &path, &kind, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let reading = measured.read().since(&before);
    measured.forget_reports().await;
    Measured { step: Step::Callbacks, recipients: slots.len(), invocations, reading }
}

/// Requests to SQS that put one of AWS's events into its queue.
async fn publish(measured: &MeasuredStack, sent: &Sent) -> f64 {
    let event = |slot| {
        let reference = sent.campaign.batch(0).message(slot);
        let context = json!({"reference": reference.to_string()});
        json!({"eventType": "TEXT_DELIVERED", "isFinal": true, "messageId": "m", "context": context})
            .to_string()
    };
    let events: Vec<String> = (0..100).map(event).collect();
    let (before, published) = (measured.read(), events.len() as f64);
    measured.stack.put_aws_events(events).await.expect("the queue answers");
    measured.read().since(&before).sqs.total() as f64 / published
}

/// The search for a number in the newest campaigns of an account, in the oldest alone, and in none. Every tenth campaign
/// is of the second account.
async fn search() {
    let measured = with_second_account().await;
    let numbers = books::numbers(2 * CONTACTS + 1);
    let (oldest, newest) = (&numbers[..CONTACTS], &numbers[CONTACTS..2 * CONTACTS]);
    let second: Vec<Msisdn> =
        (0..CONTACTS as u64).filter_map(|n| Msisdn::from_digits(SECOND_FROM + n).ok()).collect();
    let first = africastalking::KIND.account();
    let sought = [
        (first, "newest", newest[7]),
        (first, "oldest alone", oldest[7]),
        (first, "none", numbers[2 * CONTACTS]),
        (SECOND, "newest", second[7]),
        (SECOND, "none", numbers[2 * CONTACTS]),
    ];
    let of_first = books::book(&measured, "first", oldest).await;
    measured.send(&[of_first]).await;
    let others = [books::book(&measured, "others", newest).await];
    let of_second = [books::book(&measured, "of the second account", &second).await];
    let title =
        format!("A search for a report's message; at most {MOST_CAMPAIGNS} campaigns are looked through");
    let columns = [
        "campaigns",
        "the account has",
        "the number is in",
        "found",
        "reads, first",
        "ms",
        "reads, later",
        "ms, median",
    ];
    let mut table = Table::new(&title, &columns);
    let mut campaigns = 1;
    for size in CAMPAIGNS {
        while campaigns < size {
            campaigns += 1;
            measured.send(if campaigns.is_multiple_of(10) { &of_second } else { &others }).await;
        }
        // Handed over whole, so that each campaign is finished and waits for its reports.
        measured.dispatch_all(1).await;
        for (account, place, number) in sought {
            let share = if account == SECOND { size / 10 } else { size - size / 10 };
            let [found, first_reads, first_ms, reads, ms] = search_of(&measured, account, number).await;
            let [campaigns, of_account] = [size, share].map(|number| count(number as u64));
            table.row([campaigns, of_account, place.to_owned(), found, first_reads, first_ms, reads, ms]);
        }
    }
    table.print();
    measured.stack.stop().await;
}

/// A stack with two accounts at the same provider, each with a prefix of its own.
async fn with_second_account() -> MeasuredStack {
    let secrets = json!({SECOND.as_str(): {"api_key": "atsk_second"}}).to_string();
    let secrets = BTreeMap::from([("PROVIDER_SECRETS".to_owned(), secrets)]);
    let measured =
        MeasuredStack::start_calling(Setup::MeteredInProcess, &africastalking::KIND, secrets).await;
    let settings =
        [("username", "bench"), ("base_url", &measured.provider.variables()["AFRICASTALKING_BASE_URL"])];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let accounts = &measured.stack.stores().accounts;
    let added = StoredAccount::new(SECOND, africastalking::KIND.name, settings.into());
    let created = accounts.providers.add(&added).await.expect("the table answers");
    assert_eq!(created, Creation::Created);
    let route = |_| {
        let prefix = SECOND_FROM / 10_000_000;
        let routes = ["=africastalking".to_owned(), format!("{prefix}={SECOND}")];
        let routes = routes.iter().map(|route| route.parse().expect("a route")).collect();
        Ok::<_, StoreError>(RouteList::new(routes).expect("routes"))
    };
    accounts.routing.change(None, route).await.expect("the table answers");
    measured
}

async fn search_of(measured: &MeasuredStack, account: AccountName, number: Msisdn) -> [String; 5] {
    // As an instance that was just started.
    let locator = Locator::new(measured.stack.stores().clone(), measured.stack.clock().clone());
    let one = async || {
        let (before, begun) = (measured.read(), Instant::now());
        let found = locator.find(account, &[number]).await.expect("the tables answer");
        (found, measured.read().since(&before).dynamodb.calls(), begun.elapsed())
    };
    let (found, first_reads, first) = one().await;
    let mut later = Vec::new();
    for _ in 0..SEARCHES {
        later.push(one().await);
    }
    later.sort_by_key(|(_, _, wall)| *wall);
    let (_, reads, median) = &later[SEARCHES / 2];
    let ms = |wall: Duration| short(wall.as_secs_f64() * 1e3);
    let told = format!("{} ({} left out)", found.messages.len(), found.beyond);
    [told, count(first_reads), ms(first), count(*reads), ms(*median)]
}
