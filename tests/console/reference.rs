//! `/docs/`: the API's reference, which is rendered from the OpenAPI document.

use serde_json::{Value, json};
use tests::document::document;

use crate::browser::{self, Browser, Looks};

#[tokio::test]
async fn the_reference_shows_every_endpoint_of_the_document_and_a_request_to_paste() {
    let Some(world) = browser::world().await else { return };
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.open("/docs/").await;
    browser.wait("document.querySelector('main h3')").await;
    let paths = document()["paths"].clone();
    let methods = ["get", "post", "patch", "delete"];
    let of_path = |item: &Value| methods.iter().filter(|method| item.get(**method).is_some()).count();
    let operations: usize = paths.as_object().unwrap().values().map(of_path).sum();
    let shown = browser.run("return document.querySelectorAll('main h3[id]').length", &[]).await;
    assert_eq!(shown, operations);
    let linked = browser
        .run("return [...document.querySelectorAll('nav a[href^=\"#\"]')].filter(a => !document.getElementById(a.hash.slice(1))).length", &[])
        .await;
    assert_eq!(linked, 0, "every link leads to an endpoint");
    let pasted =
        browser.run("return document.querySelector('#sendToAddressBooks ~ pre').textContent", &[]).await;
    let pasted = pasted.as_str().unwrap();
    assert!(
        pasted.contains(&format!("curl -sS '{}/v1/sms/send-group/'", world.stack.base_url())),
        "{pasted}"
    );
    assert!(pasted.contains(r#""message":"Hello!""#), "{pasted}");
    let samples = "return [...document.querySelectorAll('main pre')].map(pre => pre.textContent)";
    let samples = browser.run(samples, &[]).await;
    let samples: Vec<String> = serde_json::from_value(samples).unwrap();
    assert!(samples.iter().all(|sample| !sample.contains('…')), "every sample can be pasted: {samples:#?}");
    let resend = samples.iter().find(|sample| sample.contains("/resend/")).unwrap();
    assert!(resend.ends_with(r#"-d '{"statuses":["failed"]}'"#), "{resend}");
    let wide = browser.run("return document.documentElement.scrollWidth - innerWidth", &[]).await;
    assert_eq!(wide, json!(0));
}
