//! What a page of a campaign's messages reads.

use domain::timestamp::Millis;
use serde_json::Value;

use crate::support::{
    books, campaign,
    meter::{Bill, is_write},
    rig::{Rig, Setup},
};

/// Most reads of a page of up to a hundred rows, authentication left out: one of header, text and counts, and
/// the one or two batches that it lies in.
const MOST_READS: u64 = 3;
/// Three batches.
const RECIPIENTS: usize = 3_000;
/// So many that their batches' heads are not read in one call.
const LARGE: usize = 100_500;

/// Asks for messages; gives the answer, and how many calls read campaigns for it.
async fn page(rig: &Rig, path: &str) -> (Value, u64) {
    let before = rig.read();
    let answer = rig.api.get(path).await.expect(200);
    (answer, reads(rig, &rig.read().since(&before).dynamodb))
}

fn reads(rig: &Rig, bill: &Bill) -> u64 {
    let table = &rig.stack.variables()["CAMPAIGNS_TABLE"];
    let reads = bill.lines().filter(|(line, _)| line.table == *table && !is_write(&line.operation));
    reads.map(|(_, spent)| spent.calls).sum()
}

#[tokio::test]
async fn any_page_of_messages_is_a_handful_of_reads() {
    let rig = Rig::start(Setup::MeteredInProcess).await;
    let books = books::overlapping(&rig, RECIPIENTS).await;
    let (sent, _) = campaign::send(&rig, &books).await;
    let path = format!("/v1/sms/campaigns/{}/messages/", sent.campaign);
    // The first of a status finds the counts not noted yet.
    rig.api.get(&format!("{path}?status=sent")).await.expect(200);
    for query in
        ["page=1", "page=30&page_size=100", "status=sent&page=10", "status=sent&page_size=100&page=30"]
    {
        let (answer, reads) = page(&rig, &format!("{path}?{query}")).await;
        assert!(!answer["results"].as_array().expect("rows").is_empty(), "{query}");
        assert!((2..=MOST_READS).contains(&reads), "{query}: {reads}");
    }
    rig.stack.stop().await;
}

#[tokio::test]
async fn a_page_of_one_status_is_a_handful_of_reads_while_a_large_campaign_is_under_way() {
    let rig = Rig::start(Setup::MeteredInProcess).await;
    let book = books::book(&rig, "large", &books::numbers(LARGE)).await;
    let campaign = rig.send(&[book]).await["campaign_id"].as_u64().expect("a number");
    let campaign = format!("/v1/sms/campaigns/{campaign}/");
    let [queued, sent] = ["queued", "sent"].map(|status| format!("{campaign}messages/?status={status}"));
    let (all, reads) = page(&rig, &queued).await;
    assert_eq!((all["total"].as_u64(), reads), (Some(LARGE as u64), 2));
    rig.stack.poll_batches().await.expect("the queue answers");
    let (first, reads) = page(&rig, &sent).await;
    assert!(first["total"].as_u64().expect("a number") > 0);
    assert!(reads > MOST_READS, "nobody has noted the counts yet: {reads}");
    rig.stack.poll_batches().await.expect("the queue answers");
    let (noted, reads) = page(&rig, &sent).await;
    assert_eq!(noted["total"], first["total"], "as of a moment ago");
    assert!((2..=MOST_READS).contains(&reads), "{reads}");
    rig.stack.clock().advance(Millis::from_mins(4));
    rig.stack.tick().await.expect("the clock answers");
    let (now, reads) = page(&rig, &sent).await;
    assert_eq!(now["total"], rig.api.get(&campaign).await.expect(200)["sent_count"]);
    assert!(now["total"].as_u64() > noted["total"].as_u64(), "the clock has noted them again");
    assert!((2..=MOST_READS).contains(&reads), "{reads}");
    rig.stack.clock().advance(Millis::from_mins(4));
    let (_, reads) = page(&rig, &sent).await;
    assert!(reads > MOST_READS, "they are too old: {reads}");
    rig.stack.stop().await;
}
