//! Signing in, and the messages for a key that may not see a page.

use crate::browser::{self, Browser, ENTER, Looks};

#[tokio::test]
async fn the_key_of_the_link_leaves_the_address_and_stays_in_the_tab() {
    let Some(world) = browser::world().await else { return };
    let browser = Browser::start(&world, Looks::WIDE).await;
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
async fn a_key_that_is_revoked_is_asked_for_anew_and_the_draft_is_kept() {
    let Some(world) = browser::world().await else { return };
    world.book("Customers", &tests::phones(0..3)).await;
    let (second, id) = world.issue_key(domain::scope::Scopes::all()).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/send").await;
    browser.run("sessionStorage.setItem('key', arguments[0])", &[second.key().unwrap().into()]).await;
    browser.fill("#text", "Half a thought").await;
    let keys = &world.stack.stores().accounts.api_keys;
    let revoked = keys.revoke(world.organisation.id, id, world.now()).await.unwrap();
    assert_eq!(revoked, stores::Changed::Done);
    browser.run("location.hash = '#/books'", &[]).await;
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
    let Some(world) = browser::world().await else { return };
    let (key, _) = world.issue_key([domain::scope::Scope::ReadBooks].into()).await;
    let browser = Browser::start(&world, Looks::WIDE).await;
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
    // The world's clock does not move, so the rate window stays full.
    world.configure(|organisation| organisation.rate_limit = 1).await;
    browser.go("#/opt-outs").await;
    browser.see("Too many requests in the last minute.").await;
    browser.see("Try again").await;
}
