//! What a page of a campaign's messages reads.

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

/// Calls that read campaigns.
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
        let before = rig.read();
        let answer = rig.api.get(&format!("{path}?{query}")).await.expect(200);
        assert!(!answer["results"].as_array().expect("rows").is_empty(), "{query}");
        let reads = reads(&rig, &rig.read().since(&before).dynamodb);
        assert!((2..=MOST_READS).contains(&reads), "{query}: {reads}");
    }
    rig.stack.stop().await;
}
