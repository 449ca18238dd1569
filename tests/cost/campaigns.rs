//! What requests about campaigns and the account read and write, authentication left out.

use http::Method;

use crate::{
    requests::{Costs, at_most},
    support::{books, campaign},
};

#[tokio::test]
async fn an_account_is_no_read_and_a_list_of_campaigns_one_more_for_the_texts_of_its_page() {
    let costs = Costs::start().await;
    costs.hold(Method::GET, "/v1/account/", None, at_most(0, 0, 0.0, 0.0)).await;
    let book = books::book(&costs.rig, "few", &books::numbers(3)).await;
    for _ in 0..20 {
        campaign::accepted_campaign(&costs.rig, &costs.rig.send(std::slice::from_ref(&book)).await);
    }
    costs.rig.dispatch_all(1).await;
    // All headers, and one unit for each text of the page.
    let list = "/v1/sms/campaigns/";
    let page = costs.hold(Method::GET, list, None, at_most(2, 0, 24.0, 0.0)).await;
    assert_eq!(page["total"], 20);
    costs.hold(Method::GET, &format!("{list}?page_size=5"), None, at_most(2, 0, 9.0, 0.0)).await;
    // All headers, and all texts in one range.
    let found = costs.hold(Method::GET, &format!("{list}?q=nowhere"), None, at_most(2, 0, 8.0, 0.0)).await;
    assert_eq!(found["total"], 0);
    costs.rig.stack.stop().await;
}
