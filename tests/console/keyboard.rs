//! Everything that a pointer does, by keyboard alone.

use serde_json::json;
use tests::phones;

use crate::browser::{self, Browser, ENTER, ESCAPE, Looks, TAB};

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
    let Some(world) = browser::world().await else { return };
    world.give_money("for the campaign", 100_000_000).await;
    let book = world.fixture_book("premium_customers").await;
    let browser = Browser::start(&world, Looks::WIDE).await;
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
    // By the browser's clock the world's campaign is days old, so that the page does not wait for the reports.
    browser.go("#/campaigns").await;
    browser.go("#/campaigns/1").await;
    let status = world.status(1).await;
    let counts = browser.run("return [...document.querySelectorAll('.counts b')].map(b => Number(b.textContent.replace(',', '')))", &[]).await;
    let sum: u64 = counts.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!((sum, &counts[0]), (people, &status["delivered_count"]), "{counts}");
    let kept = browser.run("return Object.keys(localStorage)", &[]).await;
    assert_eq!(kept, json!([]), "a draft that is sent is forgotten");
}

#[tokio::test]
async fn a_book_is_made_and_filled_by_keyboard_alone() {
    let Some(world) = browser::world().await else { return };
    let browser = Browser::start(&world, Looks { is_dark: false, width: 360 }).await;
    browser.enter("#/campaigns").await;
    // The first stop skips the menu.
    let first =
        "const first = document.querySelector('a, button, input'); first.focus(); return first.className";
    assert_eq!(browser.run(first, &[]).await, "skip");
    browser.press(ENTER).await;
    assert_eq!(browser.run("return document.activeElement.id", &[]).await, "main");
    browser.run("document.querySelector('.skip').focus()", &[]).await;
    tab_to(&browser, "e.hash === '#/books'").await;
    browser.press(ENTER).await;
    browser.see("No address books yet").await;
    tab_to(&browser, "e.textContent.includes('New book')").await;
    browser.press(ENTER).await;
    browser.wait("document.activeElement.id === 'name'").await;
    browser.press("Wateja").await;
    browser.press(ENTER).await;
    browser.see("Import into Wateja").await;
    tab_to(&browser, "e.id === 'pasted'").await;
    browser.press("0712345671").await;
    tab_to(&browser, "e.textContent.includes('Use these rows')").await;
    browser.press(ENTER).await;
    browser.see("pasted rows: 1 row.").await;
    tab_to(&browser, "e.textContent.includes('Import one row')").await;
    browser.press(ENTER).await;
    browser.see("One contact added").await;
    tab_to(&browser, "e.textContent.includes('Look at the book')").await;
    browser.press(ENTER).await;
    browser.see("+254712345671").await;
    tab_to(&browser, "e.textContent === 'Edit'").await;
    browser.press(ENTER).await;
    browser.wait("document.activeElement.id === 'contact-phone'").await;
    browser.press(&format!("{TAB}Zawadi{ENTER}")).await;
    browser.see("The contact is changed.").await;
    browser.see("Zawadi").await;
}

#[tokio::test]
async fn a_question_keeps_the_focus_and_gives_it_back() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &phones(0..30)).await;
    world.send(&[&book]).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    tab_to(&browser, "e.textContent.includes('Cancel the rest')").await;
    browser.press(ENTER).await;
    browser.see("30 people who are still waiting get nothing.").await;
    for _ in 0..6 {
        browser.press(TAB).await;
        let place = "return document.activeElement === document.body || Boolean(document.activeElement.closest('dialog'))";
        assert_eq!(browser.run(place, &[]).await, true);
    }
    browser.press(ESCAPE).await;
    browser.wait("!document.querySelector('dialog')").await;
    browser.wait("document.activeElement.textContent.includes('Cancel the rest')").await;
    assert_eq!(world.status(1).await["queued_count"], 30);
    browser.press(ENTER).await;
    browser.see("Cancel for 30 people").await;
    tab_to(&browser, "e.classList.contains('yes')").await;
    browser.press(ENTER).await;
    browser.wait("document.querySelector('.badge.cancelled')").await;
}
