//! Trouble between the reader and the server: what the page says of it, that nothing typed is lost, that watching goes on by
//! itself, and that nothing is sent twice.

use std::time::Duration;

use serde_json::json;
use tests::{World, phones};

use crate::{
    browser::{self, Browser, ENTER, Looks},
    wire::{Asked, Fault, REQUEST_ID, Wire},
};

/// A world with a book of three, and a browser that reaches it by a wire.
async fn reached(width: u32) -> Option<(World, Wire, Browser, String)> {
    let world = browser::world().await?;
    let book = world.book("Customers", &phones(0..3)).await;
    let wire = Wire::start(&world.stack).await;
    let looks = Looks { is_dark: false, width };
    let browser = Browser::start_at(&world, looks, &wire.base_url()).await;
    Some((world, wire, browser, book))
}

fn all(fault: Fault) -> impl FnMut(&Asked) -> Option<Fault> + Send + 'static {
    move |asked| asked.is_of_api().then(|| fault.clone())
}

fn sends(fault: Fault) -> impl FnMut(&Asked) -> Option<Fault> + Send + 'static {
    move |asked| asked.is_send().then(|| fault.clone())
}

#[tokio::test]
async fn a_watched_page_shows_a_failure_and_goes_on_by_itself() {
    let Some((world, wire, browser, book)) = reached(1280).await else { return };
    world.send(&[&book]).await;
    browser.enter("#/campaigns/1").await;
    let troubles = [
        (Fault::Lost, "No connection to the server.", false),
        (Fault::error(429, "throttled", &[("retry-after", "1")]), "Try again in 1 seconds.", true),
        (Fault::error(503, "unavailable", &[("retry-after", "1")]), "not available for a moment", true),
        // An answer of the gateway, which has none of the API's codes.
        (
            Fault::Answered(
                503,
                &[("apigw-requestid", REQUEST_ID)],
                r#"{"message":"Service Unavailable"}"#.into(),
            ),
            "not available",
            true,
        ),
        (Fault::page(), "an answer that cannot be read", false),
    ];
    for (fault, words, has_id) in troubles {
        wire.plan(all(fault.clone()));
        browser.see("These numbers may be old").await;
        browser.see(words).await;
        let text = browser.text().await;
        assert_eq!(text.contains(REQUEST_ID), has_id, "{fault:?}: {text}");
        assert!(text.contains("Starting") || text.contains("Sending"), "what was shown stays: {text}");
        wire.heal();
        browser.wait("!document.body.innerText.includes('These numbers may be old')").await;
    }
    wire.plan(all(Fault::Lost));
    world.drain().await;
    wire.heal();
    browser.wait("document.querySelector('.badge.completed')").await;
}

#[tokio::test]
async fn a_page_that_cannot_be_read_shows_the_reason_and_is_read_again() {
    let Some((_world, wire, browser, _)) = reached(360).await else { return };
    browser.enter("#/campaigns").await;
    let troubles = [
        (Fault::error(503, "unavailable", &[]), "not available for a moment"),
        (Fault::error(500, "internal_error", &[]), "The server has a fault."),
        (Fault::error(429, "throttled", &[("retry-after", "45")]), "Try again in 45 seconds."),
        (Fault::page(), "an answer that cannot be read"),
    ];
    for (fault, words) in troubles {
        let has_id = !matches!(fault, Fault::Answered(200, ..));
        wire.plan(all(fault));
        browser.go("#/books").await;
        browser.see(words).await;
        assert_eq!(browser.text().await.contains(REQUEST_ID), has_id, "{words}");
        wire.heal();
        browser.click("Try again").await;
        browser.see("Customers").await;
        browser.go("#/opt-outs").await;
    }
    // The page notices a restored connection without a press.
    wire.plan(all(Fault::Lost));
    browser.go("#/books").await;
    browser.see("No connection to the server.").await;
    wire.heal();
    browser.run("dispatchEvent(new Event('online'))", &[]).await;
    browser.see("Customers").await;
    wire.plan(all(Fault::Late(Duration::from_secs(7))));
    browser.run("location.hash = '#/opt-outs'", &[]).await;
    browser.see("The server is slow to answer.").await;
    browser.see("Nobody has opted out").await;
    browser.wait("!document.body.innerText.includes('The server is slow')").await;
}

/// Writes a campaign to the first book, up to the press of the button.
async fn compose(browser: &Browser) {
    browser.enter("#/send").await;
    browser.run("document.querySelector('.choice input').click()", &[]).await;
    browser.fill("#text", "Written once").await;
    browser.wait("document.querySelector('button.wide:enabled')").await;
}

#[tokio::test]
async fn a_send_whose_answer_is_lost_is_sent_once() {
    let Some((world, wire, browser, _)) = reached(1280).await else { return };
    compose(&browser).await;
    wire.plan(sends(Fault::AnswerLost));
    browser.run("document.querySelector('button.wide').click()", &[]).await;
    browser.see("Press the button again: it cannot be sent twice.").await;
    // A reload keeps the draft with the key of its send.
    browser.open("/console/#/send").await;
    browser.run("location.reload()", &[]).await;
    browser.wait("document.getElementById('text')?.value === 'Written once'").await;
    browser.wait("document.querySelector('button.wide:enabled')").await;
    let first = wire.asked();
    wire.plan(|_| None);
    browser.run("document.querySelector('button.wide').click()", &[]).await;
    browser.wait("location.hash === '#/campaigns/1'").await;
    let keys: Vec<_> = first
        .iter()
        .chain(&wire.asked())
        .filter(|asked| asked.is_send())
        .map(|asked| asked.idempotency_key.clone())
        .collect();
    assert!(keys.len() >= 2 && keys.iter().all(|key| key.is_some() && *key == keys[0]), "{keys:?}");
    let list = world.api.get("/v1/sms/campaigns/").await.expect(200);
    assert_eq!(list["total"], 1, "{list}");
    let kept = browser.run("return Object.keys(localStorage)", &[]).await;
    assert_eq!(kept, json!([]), "a draft that is sent is forgotten");
}

#[tokio::test]
async fn a_send_that_is_refused_for_a_moment_keeps_all_that_was_typed() {
    let Some((world, wire, browser, _)) = reached(1280).await else { return };
    compose(&browser).await;
    let troubles = [
        (Fault::error(429, "throttled", &[("retry-after", "30")]), "Try again in 30 seconds."),
        (Fault::error(503, "unavailable", &[]), "Press the button again: it cannot be sent twice."),
        (Fault::page(), "Press the button again: it cannot be sent twice."),
        (Fault::Lost, "Press the button again: it cannot be sent twice."),
    ];
    for (fault, words) in troubles {
        wire.plan(sends(fault));
        browser.run("document.querySelector('button.wide').click()", &[]).await;
        browser.see(words).await;
        browser.wait("document.getElementById('text').value === 'Written once'").await;
        browser.wait("document.querySelector('button.wide:enabled')").await;
    }
    // A price that could not be read appears by itself later.
    wire.plan(all(Fault::error(503, "unavailable", &[("retry-after", "1")])));
    browser.fill("#text", " and again, in more words than one segment takes: it has to be priced anew, since a text of more than one hundred and sixty characters is two of them.").await;
    browser.see("not available for a moment").await;
    wire.heal();
    browser.wait("document.querySelector('button.wide:enabled')").await;
    browser.run("document.querySelector('button.wide').click()", &[]).await;
    browser.wait("location.hash === '#/campaigns/1'").await;
    assert_eq!(world.status(1).await["message_parts"], 2);
}

#[tokio::test]
async fn a_key_that_is_refused_in_the_middle_is_asked_for_over_the_page() {
    let Some((world, wire, browser, book)) = reached(1280).await else { return };
    compose(&browser).await;
    wire.plan(sends(Fault::error(401, "invalid_api_key", &[])));
    browser.run("document.querySelector('button.wide').click()", &[]).await;
    browser.see("Sign in again").await;
    browser.see(REQUEST_ID).await;
    wire.heal();
    browser.fill("dialog #key", world.api.key().unwrap()).await;
    browser.press(ENTER).await;
    browser.wait("location.hash === '#/campaigns/1'").await;
    // A key is refused over a watched campaign, and over a half-filled form.
    wire.plan(all(Fault::error(401, "invalid_api_key", &[])));
    browser.see("Sign in again").await;
    wire.heal();
    browser.fill("dialog #key", world.api.key().unwrap()).await;
    browser.press(ENTER).await;
    world.drain().await;
    browser.wait("document.querySelector('.badge.completed') && !document.querySelector('dialog')").await;
    browser.go(&format!("#/books/{book}")).await;
    browser.click("Add a contact").await;
    browser.fill("#contact-phone", "0712345678").await;
    browser.fill("#contact-notes", "Half a thought").await;
    wire.plan(all(Fault::error(401, "invalid_api_key", &[])));
    browser.click("Save").await;
    browser.see("Sign in again").await;
    wire.heal();
    browser.fill("dialog #key", world.api.key().unwrap()).await;
    browser.press(ENTER).await;
    browser.see("The contact is in the book.").await;
    browser.see("Half a thought").await;
    // A reader who has no other key leaves, and none of their data stays on the page.
    wire.plan(all(Fault::error(401, "invalid_api_key", &[])));
    browser.run("location.hash = '#/books'", &[]).await;
    browser.see("Sign in again").await;
    browser.run("document.querySelector('dialog .quiet').click()", &[]).await;
    browser.see("Open the link that you were given").await;
    assert_eq!(
        browser.run("return [sessionStorage.length, document.querySelectorAll('.side').length]", &[]).await,
        json!([0, 0])
    );
}

#[tokio::test]
async fn sending_again_is_done_once_though_its_answer_is_lost() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &world.magic(&["000001", "000006"])).await;
    world.send(&[&book]).await;
    world.drain().await;
    let wire = Wire::start(&world.stack).await;
    let browser = Browser::start_at(&world, Looks::WIDE, &wire.base_url()).await;
    browser.enter("#/campaigns/1").await;
    wire.plan(sends(Fault::AnswerLost));
    browser.see("Send again to 2 failed").await;
    browser.click("Send again to 2 failed").await;
    browser.see("KES 2.00").await;
    browser.click("Send to 2 people").await;
    browser.see("Press the button again: it cannot be sent twice.").await;
    wire.heal();
    browser.click("Send again to 2 failed").await;
    browser.wait("location.hash === '#/campaigns/2'").await;
    assert_eq!(world.api.get("/v1/sms/campaigns/").await.expect(200)["total"], 2);
}

#[tokio::test]
async fn an_import_goes_on_after_trouble_and_adds_each_row_once() {
    let Some((world, wire, browser, book)) = reached(360).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.csv");
    let rows: String =
        (0..30_000).map(|row| format!("07{:08},Name of row {row}\n", 11_000_000 + row)).collect();
    std::fs::write(&path, format!("phone,name\n{rows}")).unwrap();
    browser.enter(&format!("#/books/{book}/import")).await;
    browser.fill("#file", path.to_str().unwrap()).await;
    browser.see("many.csv: 30,000 rows.").await;
    let mut troubles = vec![
        Fault::page(),
        Fault::error(401, "invalid_api_key", &[]),
        Fault::AnswerLost,
        Fault::Lost,
        Fault::error(503, "cut_short", &[("retry-after", "1")]),
        Fault::error(429, "throttled", &[("retry-after", "1")]),
    ];
    wire.plan(move |asked| if asked.path.contains("/contacts/?columns") { troubles.pop() } else { None });
    browser.click("Import 30,000 rows").await;
    browser.see("The import goes on by itself").await;
    browser.see("Sign in again").await;
    browser.fill("dialog #key", world.api.key().unwrap()).await;
    browser.press(ENTER).await;
    browser.see("30,000 contacts added").await;
    let stored = world.api.get(&format!("/v1/address-books/{book}/")).await.expect(200);
    assert_eq!(stored["contact_count"], 30_003);
}
