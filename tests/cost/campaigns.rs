//! Reads and writes of requests about campaigns and the account, without authentication.

use domain::timestamp::Millis;
use http::Method;
use serde_json::json;

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
    let digits = sent.taken[0].number.trim_start_matches('+');
    let mobile = format!("%2B{digits}");
    let found = format!("{campaign}messages/?mobile={mobile}");
    let found = costs.hold(Method::GET, &found, None, at_most(2, 0, 12.0, 0.0)).await;
    assert_eq!(found["total"], 1);
    // Without its plus it may also be a number of the same country, which another batch may hold.
    let unclear = format!("{campaign}messages/?mobile={digits}");
    assert_eq!(costs.hold(Method::GET, &unclear, None, at_most(3, 0, 15.0, 0.0)).await["total"], 1);
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

#[tokio::test]
async fn sending_again_writes_what_a_send_does_and_moving_a_start_writes_one_item() {
    let costs = Costs::start().await;
    let measured = &costs.measured;
    let numbers = books::numbers(2_000);
    let book = books::book(measured, "late", &numbers).await;
    let sent = campaign::accepted_campaign(measured, &measured.send(std::slice::from_ref(&book)).await);
    // The validity is over before any hand-over, so all recipients have failed.
    measured.stack.clock().advance(Millis::from_hours(25));
    measured.dispatch_all(1).await;
    let campaign = format!("/v1/sms/campaigns/{}/", sent.number());
    assert_eq!(measured.api.get(&campaign).await.expect(200)["failed_count"], numbers.len());
    // The campaign with its counts, its batches, the opt-outs, the wallet, the routes with the organisation's own, and the
    // accounts on hold.
    let resend = format!("{campaign}resend/");
    let estimate = json!({"dry_run": true});
    costs.hold(Method::POST, &resend, Some(estimate), at_most(7, 0, 27.5, 0.0)).await;
    // Two units more than a send to them: the mark on the earlier campaign, in the same transaction.
    let again = costs.hold(Method::POST, &resend, Some(json!({})), at_most(5, 3, 26.0, 20.0)).await;
    assert_eq!(again["recipients_count"], numbers.len());
    let (first, second) = ("2027-01-01T08:00:00+03:00", "2027-01-02T08:00:00+03:00");
    let later = json!({"group_ids": [book], "message": "Later", "scheduled_at": first});
    let send = "/v1/sms/send-group/";
    let later = costs.hold(Method::POST, send, Some(later), at_most(4, 3, 14.0, 18.0)).await;
    let reschedule = format!("/v1/sms/campaigns/{}/reschedule/", later["campaign_id"]);
    let body = Some(json!({"scheduled_at": second}));
    costs.hold(Method::POST, &reschedule, body, at_most(3, 1, 2.5, 3.0)).await;
    costs.measured.stack.stop().await;
}
