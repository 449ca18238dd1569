//! Leaving a page in the middle of something: nothing is lost without a question.

use tests::phones;

use crate::browser::{self, Browser, ENTER, ESCAPE, Looks};

#[tokio::test]
async fn leaving_asks_first_if_something_would_be_lost() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &phones(0..3)).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/books?new").await;
    browser.fill("#name", "Half a name").await;
    browser.run("location.hash = '#/wallet'", &[]).await;
    browser.see("What you have typed is not saved.").await;
    browser.press(ESCAPE).await;
    browser.wait("!document.querySelector('dialog') && location.hash === '#/books?new'").await;
    browser.wait("document.getElementById('name').value === 'Half a name'").await;
    // What is saved is not asked for.
    browser.press(ENTER).await;
    browser.see("Import into Half a name").await;

    browser.fill("#pasted", "0712345678,Amina\n0712345679,Zawadi\n0712XXX,Baraka").await;
    browser.click("Use these rows").await;
    browser.see("3 rows").await;
    browser.run("history.back()", &[]).await;
    browser.see("These rows are not imported yet.").await;
    browser.click("Go back").await;
    browser.click("Import 3 rows").await;
    browser.see("One row was refused").await;
    browser.click("Look at the book").await;
    browser.see("The refused rows are not saved.").await;
    browser.click("Go back").await;
    browser.click("Download refused rows").await;
    browser.click("Look at the book").await;
    browser.see("+254712345678").await;

    // Signing out is leaving too.
    browser.go(&format!("#/books/{book}")).await;
    browser.click("Rename").await;
    browser.fill("input[name=description]", "Half a thought").await;
    browser.click("Sign out").await;
    browser.see("What you have typed is not saved.").await;
    browser.run("document.querySelector('dialog .yes').click()", &[]).await;
    browser.see("Open the link that you were given").await;
}

#[tokio::test]
async fn a_draft_is_replaced_only_if_the_reader_says_so() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &phones(0..3)).await;
    world.send(&[&book]).await;
    let sent = world.status(1).await["message"].as_str().unwrap().to_owned();
    let browser = Browser::start(&world, Looks::WIDE).await;
    let text = async || browser.run("return document.getElementById('text').value", &[]).await;
    browser.enter("#/send").await;
    browser.fill("#text", "Half a thought").await;
    browser.go("#/campaigns/1").await;
    browser.click("Use again").await;
    browser.see("You have a text that is not sent yet:").await;
    browser.click("Go back").await;
    assert_eq!(text().await, "Half a thought");
    browser.go("#/campaigns/1").await;
    browser.click("Use again").await;
    browser.click("Replace it").await;
    assert_eq!(text().await, sent.as_str());
    browser.fill("#text", " And more").await;
    browser.run("location.reload()", &[]).await;
    browser.wait("document.getElementById('text')?.value.endsWith(' And more')").await;
}

#[tokio::test]
async fn what_is_typed_for_one_contact_is_nothing_of_another() {
    let Some(world) = browser::world().await else { return };
    let book = world.book("Customers", &phones(0..3)).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter(&format!("#/books/{book}")).await;
    let edit = "document.querySelectorAll('.contacts .plain:not(.danger)')[arguments[0]].click()";
    browser.run(edit, &[0.into()]).await;
    browser.fill("#contact-notes", "Of the first").await;
    browser.run(edit, &[1.into()]).await;
    assert_eq!(browser.run("return document.getElementById('contact-notes').value", &[]).await, "");
}

#[tokio::test]
async fn the_question_for_another_key_stays_until_it_is_answered() {
    let Some(world) = browser::world().await else { return };
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns").await;
    browser.run("sessionStorage.setItem('key', 'tk_live_none')", &[]).await;
    browser.run("location.hash = '#/books'", &[]).await;
    browser.see("Sign in again").await;
    // A browser closes a dialog at the second Escape, even if the page prevented the first.
    browser.press(&ESCAPE.repeat(3)).await;
    browser.wait("document.querySelector('dialog[open]') && document.activeElement.id === 'key'").await;
    browser.fill("dialog #key", world.api.key().unwrap()).await;
    browser.press(ENTER).await;
    browser.see("No address books yet").await;
}
