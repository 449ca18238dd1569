//! The files and requests of the first view.

use serde_json::Value;
use tests::phones;

use crate::browser::{self, Browser, Looks};

/// Requests until the list is shown, the page itself and the API's included.
const MOST_REQUESTS: usize = 12;
/// Bytes of their bodies as they travel.
const MOST_BYTES: u64 = 30 * 1024;

#[tokio::test]
async fn the_first_view_is_within_its_budget_and_loads_nothing_from_elsewhere() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &phones(0..3)).await;
    world.send(&[&book]).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns").await;
    browser.see("Hello! Your invoice is ready.").await;
    let script = "return performance.getEntries().filter(e => ['navigation', 'resource'].includes(e.entryType))\
                  .map(e => [e.name, e.encodedBodySize])";
    let requests = browser.run(script, &[]).await;
    // A campaign under way is read again once the list is shown.
    let is_of_a_row =
        |request: &&Value| request[0].as_str().is_some_and(|name| name.ends_with("/campaigns/1/"));
    let requests: Vec<_> =
        requests.as_array().unwrap().iter().filter(|request| !is_of_a_row(request)).collect();
    let bytes: u64 = requests.iter().map(|request| request[1].as_u64().unwrap()).sum();
    assert!(requests.len() <= MOST_REQUESTS && bytes <= MOST_BYTES, "{bytes} bytes: {requests:#?}");
    for request in requests {
        assert!(request[0].as_str().unwrap().starts_with(world.stack.base_url()), "{request}");
    }
}
