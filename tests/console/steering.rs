//! Pausing, resuming and cancelling a campaign, and its failed recipients.

use domain::timestamp::Millis;
use serde_json::json;
use tests::{World, phones};

use crate::browser::{self, Browser, ENTER, Looks};

#[tokio::test]
async fn a_campaign_is_paused_resumed_and_cancelled_and_its_refund_is_shown() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &phones(0..30)).await;
    world.send(&[&book]).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    browser.click("Pause").await;
    browser.see("Paused by a person").await;
    assert_eq!(world.status(1).await["status"], "paused");
    browser.click("Resume").await;
    browser.wait("!document.querySelector('.badge.paused')").await;

    browser.click("Cancel the rest").await;
    browser.see("30 people who are still waiting get nothing.").await;
    browser.see("Up to KES 30.00 goes back to your wallet.").await;
    browser.click("Cancel for 30 people").await;
    browser.wait("document.querySelector('.badge.cancelled')").await;
    world.tick().await;
    world.drain().await;
    browser.go("#/campaigns/1?status=cancelled").await;
    browser.see("The campaign was cancelled before its turn.").await;
    assert_eq!(world.status(1).await["status"], "cancelled");
}

#[tokio::test]
async fn the_failed_messages_are_shown_with_their_reasons_and_downloaded() {
    let Some(world) = browser::world().await else { return };
    let numbers = [phones(0..5), world.magic(&["000001", "000006"])].concat();
    let book = world.book("Customers", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    browser.click("Failed").await;
    browser.see("Messages: Failed").await;
    browser.see("The provider does not know this number.").await;
    browser.see("The provider has no route to this network.").await;
    let rows =
        browser.run("return document.querySelectorAll('.messages .row:not(.heads)').length", &[]).await;
    assert_eq!(rows, 2);
    browser.click("Download CSV").await;
    let file = String::from_utf8(browser.downloaded("campaign-1-failed.csv").await).unwrap();
    assert_eq!(file.lines().count(), 3, "{file}");
    assert!(file.contains("+254722000001") && file.contains("not_routed"), "{file}");
}

#[tokio::test]
async fn failed_recipients_are_sent_to_again_and_a_message_shows_its_history() {
    if !browser::is_asked_for() {
        return;
    }
    let world = World::start_small().await;
    let numbers = [phones(0..5), world.magic(&["000001", "000006", "000035"])].concat();
    let book = world.book("Customers", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    browser.wait("document.querySelectorAll('.reasons .row:not(.heads)').length === 3").await;
    browser.click("Send again to one unconfirmed").await;
    browser.see("Nobody can be sent to again now").await;
    browser.click("Send again to 2 failed").await;
    browser.see("None of them has got the message.").await;
    browser.see("KES 2.00").await;
    browser.click("Send to 2 people").await;
    browser.wait("location.hash === '#/campaigns/2'").await;
    browser.see("Repeat of").await;
    assert_eq!(world.status(2).await["resend_of"], 1);

    browser.go("#/campaigns/1").await;
    browser.see("Failed: sent again as campaign 2").await;
    browser.fill("input[name=mobile]", "0722 000 001").await;
    browser.press(ENTER).await;
    browser.wait("document.querySelectorAll('.messages .row:not(.heads)').length === 1").await;
    browser.click("+254722000001").await;
    browser.see("Handed over to the provider").await;
    browser.see("The provider does not know this number.").await;
    browser.go("#/campaigns/1?mobile=0799999999").await;
    browser.see("0799999999 is not among the recipients").await;

    world.drain().await;
    world.clock().advance(Millis::from_hours(73));
    world.tick().await;
    browser.go("#/campaigns/1").await;
    browser.click("Send again to one unconfirmed").await;
    browser.see("Those who have it will get it twice.").await;
    browser.click("Send, even if it is the second time").await;
    browser.wait("location.hash === '#/campaigns/3'").await;
    assert_eq!(world.status(1).await["resent_unconfirmed_as"], 3);
}

#[tokio::test]
async fn recipients_that_were_sent_to_again_can_be_sent_to_once_more() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &world.magic(&["000001", "000006"])).await;
    world.send(&[&book]).await;
    world.drain().await;
    let resend = json!({"statuses": ["failed"]});
    world.api.post("/v1/sms/campaigns/1/resend/", &resend).await.expect(202);
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    // The second campaign is under way.
    browser.see("Failed: sent again as campaign 2").await;
    browser.click("Once more to the failed").await;
    browser.see("These people have been sent to again already").await;
    // Campaign 2 reaches no recipient, so there is no warning.
    world.drain().await;
    browser.go("#/campaigns").await;
    browser.go("#/campaigns/1").await;
    browser.click("Once more to the failed").await;
    browser.see("None of them has got the message.").await;
    browser.click("Send to 2 people").await;
    browser.wait("location.hash === '#/campaigns/3'").await;
    browser.go("#/campaigns/1").await;
    browser.see("Failed: sent again as campaign 3").await;
    browser.click("Once more to the failed").await;
    browser.click("Send again anyway").await;
    browser.see("Those who got that message will get it twice.").await;
    browser.click("Send to 2, even if it is the second time").await;
    browser.wait("location.hash === '#/campaigns/4'").await;
}

#[tokio::test]
async fn the_failed_of_one_reason_are_sent_to_again() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &world.magic(&["000001", "000006"])).await;
    world.send(&[&book]).await;
    world.drain().await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    browser.wait("document.querySelectorAll('.reasons button').length === 2").await;
    browser.run("document.querySelector('.reasons button').click()", &[]).await;
    browser.see("Send again to one person?").await;
    browser.click("Send to one person").await;
    browser.wait("location.hash === '#/campaigns/2'").await;
    assert_eq!(world.status(2).await["recipients_count"], 1);
    browser.go("#/campaigns/1").await;
    browser.wait("document.querySelectorAll('.reasons button').length === 1").await;
    browser.see("sent again").await;
}
