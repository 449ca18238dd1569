//! Signing in, and a campaign from the first key to its end.

use serde_json::json;
use tests::World;

use crate::browser::{Browser, ENTER, Looks, TAB};

/// Presses Tab until the focus is on an element for which an expression of `e` holds.
async fn tab_to(browser: &Browser, condition: &str) {
    let script = format!("const e = document.activeElement; return Boolean({condition})");
    for _ in 0..60 {
        browser.press(TAB).await;
        if browser.run(&script, &[]).await == true {
            return;
        }
    }
    panic!("Tab never comes to {condition}: {}", browser.text().await);
}

#[tokio::test]
async fn a_campaign_is_sent_by_keyboard_alone() {
    let world = World::start().await;
    world.give_money("for the campaign", 100_000_000).await;
    let book = world.fixture_book("premium_customers").await;
    let Some(browser) = Browser::start(&world, Looks::WIDE).await else { return };
    browser.enter("#/campaigns").await;
    browser.see("No campaigns yet").await;

    tab_to(&browser, "e.textContent.includes('New campaign')").await;
    browser.press(ENTER).await;
    browser.wait("document.getElementById('text')").await;
    tab_to(&browser, &format!("e.value === '{book}'")).await;
    browser.press(" ").await;
    tab_to(&browser, "e.id === 'text'").await;
    browser.press("Habari! Duka limefunguliwa tena.").await;
    browser.wait("document.querySelector('button.wide:enabled')").await;
    let button = browser.run("return document.querySelector('button.wide').innerText", &[]).await;
    let estimate =
        json!({"group_ids": [book], "message": "Habari! Duka limefunguliwa tena.", "dry_run": true});
    let estimate = world.api.post("/v1/sms/send-group/", &estimate).await.expect(200);
    let people = estimate["recipients_count"].as_u64().unwrap();
    let shown = format!("Send to {},{:03} people for", people / 1000, people % 1000);
    assert!(button.as_str().unwrap().starts_with(&shown), "{button} {estimate}");

    tab_to(&browser, "e.classList.contains('wide')").await;
    browser.press(ENTER).await;
    browser.wait("document.querySelector('dialog, .counts')").await;
    if browser.run("return Boolean(document.querySelector('dialog'))", &[]).await == true {
        tab_to(&browser, "e.classList.contains('yes')").await;
        browser.press(ENTER).await;
    }
    browser.wait("document.querySelector('.counts')").await;
    world.drain().await;
    world.deliver_reports().await;
    browser.wait("document.querySelector('.badge.completed')").await;
    let status = world.status(1).await;
    let counts = browser.run("return [...document.querySelectorAll('.counts b')].map(b => Number(b.textContent.replace(',', '')))", &[]).await;
    let sum: u64 = counts.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!((sum, &counts[0]), (people, &status["delivered_count"]), "{counts}");
    let kept = browser.run("return Object.keys(localStorage)", &[]).await;
    assert_eq!(kept, json!([]), "a draft that is sent is forgotten");
}

#[tokio::test]
async fn the_key_of_the_link_leaves_the_address_and_stays_in_the_tab() {
    let world = World::start().await;
    let Some(browser) = Browser::start(&world, Looks::WIDE).await else { return };
    browser.enter("#/wallet").await;
    browser.see("KES 1,000.00").await;
    let address =
        browser.run("return [location.href, document.referrer, Object.keys(localStorage).join()]", &[]).await;
    assert!(!address.to_string().contains("tk_"), "{address}");
    browser.click("Sign out").await;
    browser.see("Sign in").await;
    assert_eq!(browser.run("return sessionStorage.length", &[]).await, 0);
}

#[tokio::test]
async fn a_key_that_is_revoked_ends_at_the_sign_in_and_the_draft_is_kept() {
    let world = World::start().await;
    world.book("Customers", &tests::phones(0..3)).await;
    let (second, id) = world.issue_key(domain::scope::Scopes::all()).await;
    let Some(browser) = Browser::start(&world, Looks::WIDE).await else { return };
    browser.enter("#/send").await;
    browser.run("sessionStorage.setItem('key', arguments[0])", &[second.key().unwrap().into()]).await;
    browser.fill("#text", "Half a thought").await;
    let keys = &world.stack.stores().accounts.api_keys;
    let revoked = keys.revoke(world.organisation.id, id, world.now()).await.unwrap();
    assert_eq!(revoked, stores::Changed::Done);
    browser.go("#/books").await;
    browser.see("This key does not work").await;
    browser.see("Request").await;

    browser.fill("#key", world.api.key().unwrap()).await;
    browser.press(ENTER).await;
    browser.wait("document.querySelector('main .books')").await;
    browser.go("#/send").await;
    browser.wait("document.getElementById('text')?.value === 'Half a thought'").await;
}

#[tokio::test]
async fn an_error_is_shown_in_the_readers_language_with_its_request_id() {
    let world = World::start().await;
    let (key, _) = world.issue_key([domain::scope::Scope::ReadBooks].into()).await;
    let Some(browser) = Browser::start(&world, Looks::WIDE).await else { return };
    browser.enter("#/campaigns/99").await;
    browser.see("There is no campaign with this number.").await;
    let id = browser.run("return document.querySelector('.request code').textContent", &[]).await;
    assert_eq!(id.as_str().map(str::len), Some(36), "{id}");
    browser.run("sessionStorage.setItem('key', arguments[0])", &[key.key().unwrap().into()]).await;
    browser.go("#/wallet").await;
    browser.see("Your key is not allowed to do this.").await;
    // A page that can be shown without data that the key may not read is shown.
    browser.go("#/books").await;
    browser.see("No address books yet").await;
    // The world's clock does not move, and so the window does not.
    world.configure(|organisation| organisation.rate_limit = 1).await;
    browser.go("#/opt-outs").await;
    browser.see("Too many requests in the last minute.").await;
    browser.see("Try again").await;
}
