//! Reads of a page of a campaign's messages.

use serde_json::Value;

use crate::{
    budget::Budget,
    support::{
        books,
        campaign::{self, Reports, Sent},
        measured_stack::{MeasuredStack, Setup},
        meter::{Bill, is_write},
        prices::Prices,
    },
};

/// Most reads of a page of up to a hundred rows, without authentication: one for header, text and counts, and those of
/// one or two batches.
const MOST_READS: u64 = 3;
/// Reads of the heads, if there are no counts items: one call.
const HEADS: u64 = 1;
/// Three batches.
const RECIPIENTS: usize = 3_000;
/// Recipients that, in batches of ten, make too many heads for one call.
const LARGE: usize = 1_005;
/// Batches of the large campaign with reports at the end: they have entries in two counts items.
const REPORTED_BATCHES: u32 = 60;
/// Late reports about a large campaign.
const LATE: usize = 3;

/// Requests messages; returns the answer, and how many calls read campaigns for it.
async fn page(measured: &MeasuredStack, path: &str) -> (Value, u64) {
    let before = measured.read();
    let answer = measured.api.get(path).await.expect(200);
    (answer, reads(measured, &measured.read().since(&before).dynamodb))
}

fn reads(measured: &MeasuredStack, bill: &Bill) -> u64 {
    let table = &measured.stack.variables()["CAMPAIGNS_TABLE"];
    let reads = bill.lines().filter(|(line, _)| line.table == *table && !is_write(&line.operation));
    reads.map(|(_, spent)| spent.calls).sum()
}

#[tokio::test]
async fn any_page_of_messages_is_a_handful_of_reads() {
    let measured = MeasuredStack::start(Setup::MeteredInProcess).await;
    let books = books::overlapping(&measured, RECIPIENTS).await;
    let (sent, _) = campaign::send(&measured, &books).await;
    let path = format!("/v1/sms/campaigns/{}/messages/", sent.campaign.number());
    for (query, most) in [
        ("page=1", MOST_READS),
        ("page=30&page_size=100", MOST_READS),
        ("status=sent&page=10", MOST_READS + HEADS),
        ("status=sent&page_size=100&page=30", MOST_READS + HEADS),
    ] {
        let (answer, reads) = page(&measured, &format!("{path}?{query}")).await;
        assert!(!answer["results"].as_array().expect("rows").is_empty(), "{query}");
        assert!((2..=most).contains(&reads), "{query}: {reads}");
        let Some(next) = answer["next"].as_str() else { continue };
        let (after, reads) =
            page(&measured, next.strip_prefix(measured.stack.base_url()).expect("a path")).await;
        assert_eq!(after["page"].as_u64(), answer["page"].as_u64().map(|page| page + 1));
        assert!((2..=most).contains(&reads), "after {query}: {reads}");
    }
    measured.stack.stop().await;
}

#[tokio::test]
async fn a_status_is_two_reads_one_for_the_account_while_it_sends_and_one_for_each_batch_that_is_begun() {
    let measured = MeasuredStack::start(Setup::MeteredInTens).await;
    let book = books::book(&measured, "begun", &books::numbers(30)).await;
    let campaign = campaign::accepted_campaign(&measured, &measured.send(&[book]).await);
    let status = format!("/v1/sms/campaigns/{}/", campaign.number());
    assert_eq!(page(&measured, &status).await.1, 3);
    let campaigns = &measured.stack.stores().campaigns;
    let header = campaigns.header(campaign).await.expect("the table answers").expect("it was accepted");
    for batch in 0..2 {
        campaigns.begin(&header, batch).await.expect("the table answers");
    }
    assert_eq!(page(&measured, &status).await.1, 5);
    measured.dispatch_all(1).await;
    assert_eq!(page(&measured, &status).await.1, 2);
    measured.stack.stop().await;
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn every_page_of_one_status_of_a_large_campaign_costs_a_few_reads() {
    let measured = MeasuredStack::start(Setup::MeteredInTens).await;
    let prices = Prices::read();
    let book = books::book(&measured, "large", &books::numbers(LARGE)).await;
    let campaign = campaign::accepted_campaign(&measured, &measured.send(&[book]).await);
    let status = format!("/v1/sms/campaigns/{}/", campaign.number());
    let [queued, sent, delivered] =
        ["queued", "sent", "delivered"].map(|name| format!("{status}messages/?status={name}&page_size=10"));
    let all = Some(LARGE as u64);
    let (page_of_all, reads) = page(&measured, &queued).await;
    assert_eq!((page_of_all["total"].as_u64(), reads), (all, 2));
    measured.stack.poll_batches().await.expect("the queue answers");
    let (now, reads) = page(&measured, &sent).await;
    let sent_count = measured.api.get(&status).await.expect(200)["sent_count"].as_u64();
    assert!(sent_count > Some(0) && now["total"].as_u64() == sent_count, "{sent_count:?}");
    assert!((2..=MOST_READS).contains(&reads), "{reads}");
    measured.dispatch_all(1).await;
    let (ended, reads) = page(&measured, &format!("{sent}&page=100")).await;
    assert_eq!(ended["total"].as_u64(), all);
    assert!((2..=MOST_READS).contains(&reads), "{reads}");
    let sent_to = Sent { campaign, recipients: LARGE, taken: measured.provider.take_all() };
    let late = campaign::apply_late(&measured, &sent_to, LATE).await;
    let units = late.reading.dynamodb.write_units() / LATE as f64;
    Budget::read().hold_case("late_report_on_a_large_campaign_write_units", units);
    let (reported, reads) = page(&measured, &delivered).await;
    assert_eq!(reported["total"].as_u64(), Some(LATE as u64));
    assert!((2..=MOST_READS).contains(&reads), "{reads}");
    let ways = Reports { batches: REPORTED_BATCHES, ..Reports::default() };
    campaign::apply_reports_that(&measured, &sent_to, &prices, ways).await;
    let (reported, reads) = page(&measured, &format!("{delivered}&page={REPORTED_BATCHES}")).await;
    let shown = (reported["total"].as_u64(), reported["results"].as_array().map(Vec::len));
    assert_eq!(shown, (Some(u64::from(REPORTED_BATCHES) * 10), Some(10)));
    assert!((2..=MOST_READS).contains(&reads), "{reads}");
    measured.stack.stop().await;
}
