//! Reads and writes of requests about campaigns and the account, without authentication.

use http::Method;

use crate::{
    requests::{Costs, at_most},
    support::{books, campaign},
};

#[tokio::test]
async fn an_account_is_no_read_and_a_list_of_campaigns_one_more_for_the_texts_of_its_page() {
    let costs = Costs::start().await;
    costs.hold(Method::GET, "/v1/account/", None, at_most(0, 0, 0.0, 0.0)).await;
    let book = books::book(&costs.measured, "few", &books::numbers(3)).await;
    for _ in 0..20 {
        campaign::accepted_campaign(&costs.measured, &costs.measured.send(std::slice::from_ref(&book)).await);
    }
    costs.measured.dispatch_all(1).await;
    // All headers, and one unit for each text of the page.
    let list = "/v1/sms/campaigns/";
    let page = costs.hold(Method::GET, list, None, at_most(2, 0, 24.0, 0.0)).await;
    assert_eq!(page["total"], 20);
    costs.hold(Method::GET, &format!("{list}?page_size=5"), None, at_most(2, 0, 9.0, 0.0)).await;
    // All headers, and all texts in one range.
    let found = costs.hold(Method::GET, &format!("{list}?q=nowhere"), None, at_most(2, 0, 8.0, 0.0)).await;
    assert_eq!(found["total"], 0);
    costs.measured.stack.stop().await;
}

#[tokio::test]
async fn a_recipient_a_message_and_the_reasons_of_a_campaign_cost_a_few_reads() {
    let costs = Costs::start().await;
    let numbers = books::numbers(3_000);
    let books = books::overlapping(&costs.measured, numbers.len()).await;
    let (sent, _) = campaign::send(&costs.measured, &books).await;
    let campaign = format!("/v1/sms/campaigns/{}/", sent.campaign.number());
    // The campaign with its directory in one call, and the number's batch.
    let mobile = sent.taken[0].number.trim_start_matches('+');
    let found = format!("{campaign}messages/?mobile={mobile}");
    let found = costs.hold(Method::GET, &found, None, at_most(2, 0, 12.0, 0.0)).await;
    assert_eq!(found["total"], 1);
    let message = format!("/v1/sms/messages/{}/", found["results"][0]["id"].as_str().expect("an id"));
    costs.hold(Method::GET, &message, None, at_most(2, 0, 10.0, 0.0)).await;
    // All headers, the texts and directories of the latest campaigns, the plans, and the message that is found.
    let everywhere = format!("/v1/sms/messages/?mobile={mobile}");
    let everywhere = costs.hold(Method::GET, &everywhere, None, at_most(4, 0, 20.0, 0.0)).await;
    assert_eq!(everywhere["results"].as_array().map(Vec::len), Some(1));
    // Up to ten batches are read completely.
    costs.hold(Method::GET, &format!("{campaign}timeline/"), None, at_most(4, 0, 30.0, 0.0)).await;
    // The lines of a campaign by their ids, and a month by its payments and the campaigns' headers.
    let entries = format!("/v1/wallet/entries/?campaign_id={}", sent.campaign.number());
    costs.hold(Method::GET, &entries, None, at_most(3, 0, 4.0, 0.0)).await;
    costs.hold(Method::GET, "/v1/wallet/statement/", None, at_most(2, 0, 3.0, 0.0)).await;
    // The reasons of failed recipients are in the header.
    costs.hold(Method::GET, &format!("{campaign}reasons/"), None, at_most(1, 0, 1.0, 0.0)).await;
    costs.measured.stack.stop().await;
}
