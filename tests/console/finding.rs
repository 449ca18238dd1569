//! Finding a campaign, moving its start, the wallet's months, the settings.

use domain::money::Money;
use serde_json::json;
use tests::phones;

use crate::browser::{self, Browser, ENTER, Looks};

#[tokio::test]
async fn a_campaign_is_found_by_its_words_and_its_start_is_moved() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &phones(0..5)).await;
    world.send(&[&book]).await;
    let later =
        json!({"group_ids": [book], "message": "Duka limehama", "scheduled_at": "2026-12-01T09:00:00+03:00"});
    world.api.post("/v1/sms/send-group/", &later).await.expect(202);
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns").await;
    browser.fill("input[name=q]", "LIMEHAMA").await;
    browser.press(ENTER).await;
    browser.wait("document.querySelectorAll('.campaigns .row:not(.heads)').length === 1").await;
    browser.go("#/campaigns?q=limehama&from=2027-01-01").await;
    browser.see("No campaign matches").await;
    browser.go("#/campaigns?from=2027-01-01&to=2026-01-01").await;
    browser.wait("document.querySelector('.note.bad') && document.querySelector('input[name=q]')").await;
    browser.go("#/campaigns").await;
    browser.fill("input[name=q]", "0711 500 001").await;
    browser.press(ENTER).await;
    browser.wait("document.querySelectorAll('.messages .row:not(.heads)').length === 2").await;
    browser.see("Messages to one number").await;
    browser.go("#/messages?mobile=12").await;
    browser.wait("document.querySelector('.note.bad, .empty')").await;
    browser.go("#/campaigns/2").await;
    browser.click("Change the start").await;
    browser.run("document.getElementById('start').value = '2026-12-24T18:30'", &[]).await;
    browser.click("Move it").await;
    browser.see("Starts on 24 Dec").await;
    browser.see(", 18:30 (UTC+3)").await;
    assert_eq!(world.status(2).await["scheduled_at"], "2026-12-24T18:30:00+03:00");
}

#[tokio::test]
async fn the_wallet_shows_a_month_and_the_settings_show_prices_and_limits() {
    let Some(world) = browser::world().await else { return };
    let cap = Some(Money::from_ten_thousandths(5_000_000));
    world.configure(|organisation| organisation.daily_spend_cap = cap).await;
    let book = world.book("Customers", &phones(0..5)).await;
    world.send(&[&book]).await;
    world.drain().await;
    let month = world.status(1).await["created_at"].as_str().unwrap()[..7].to_owned();
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter(&format!("#/wallet?month={month}")).await;
    browser.see("Campaign 1").await;
    browser.see("−KES 5.00").await;
    browser.see("Spent today: KES 5.00 of at most KES 500.00.").await;
    browser.go("#/wallet?month=2025-01").await;
    browser.see("Nothing in January 2025").await;
    browser.see("February 2025").await;
    browser.go("#/wallet?view=postings").await;
    browser.see("Charged from the reserved money").await;
    browser.click("Settings").await;
    for text in ["Kenya", "UTC+3", "+254", "KES 1.00", "send campaigns", "10,000,000"] {
        browser.see(text).await;
    }
}
