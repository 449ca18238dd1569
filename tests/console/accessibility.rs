//! WCAG 2.2 AA by axe-core, on every page, in both colour schemes, narrow and wide.

use std::{env, fs};

use serde_json::json;
use tests::{World, phones};

use crate::browser::{self, Browser, Looks};

/// Rules of WCAG 2.0, 2.1 and 2.2 at levels A and AA, and what axe calls best practice.
const RUN: &str = "const done = arguments[0]; \
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})\
    .then(found => done(found.violations.map(one => [one.id, one.nodes.map(node => node.html).slice(0, 2)])), error => done(String(error)))";

/// Shows what is folded up: the plot's numbers, the calls, the reference's answers.
const UNFOLD: &str = "document.querySelectorAll('details').forEach(one => { one.open = true; })";

/// Answers the question that is open: no, if that is an answer to it.
const CLOSE: &str = "document.querySelector('dialog .quiet').click()";

/// What the scripts that lead to a question begin with: `press` waits for an element and clicks it, then `done`.
const PRESS: &str = "const done = arguments[0]; const press = css => { const found = document.querySelector(css); \
    if (!found) return setTimeout(press, 50, css); found.click(); done(); }; ";

/// Every question that pages ask: a page, and a script that does what it asks about. The last one signs out.
fn questions(book: &str) -> Vec<(String, String)> {
    let of_the_book = format!("#/books/{book}");
    let import = format!("{of_the_book}/import");
    [
        ("#/campaigns/3", "press('.head .danger')"),
        ("#/campaigns/1", "press('.head:has(+ .reasons) button')"),
        (&of_the_book, "press('main p .danger')"),
        (&of_the_book, "press('.contacts .danger')"),
        ("#/opt-outs", "press('.opt-outs .danger')"),
        (
            "#/send",
            "const text = document.getElementById('text'); text.value = 'Long '.repeat(100); \
             text.dispatchEvent(new Event('input')); press('button.wide:enabled')",
        ),
        ("#/send?from=1", "done()"),
        (&import, "document.getElementById('pasted').value = '0712'; location.hash = '#/wallet'; done()"),
        (
            &import,
            "document.getElementById('pasted').value = ''; sessionStorage.setItem('key', 'tk_live_none'); \
             location.hash = '#/wallet'; done()",
        ),
    ]
    .map(|(page, open)| (page.to_owned(), format!("{PRESS}{open}")))
    .into()
}

async fn furnished() -> (World, Vec<String>, Vec<(String, String)>) {
    let world = World::start().await;
    // The world's clock does not move, so all requests count in one minute.
    world.configure(|organisation| organisation.rate_limit = 1_000_000).await;
    let numbers = [phones(0..120), world.magic(&["000001", "000042"])].concat();
    let book = world.book("Customers", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    world.deliver_reports().await;
    let later = json!({"group_ids": [book], "message": "Later", "scheduled_at": "2026-12-01T09:00:00+03:00"});
    world.api.post("/v1/sms/send-group/", &later).await.expect(202);
    let paused = json!({"group_ids": [book], "message": "Paused “here”"});
    world.api.post("/v1/sms/send-group/", &paused).await.expect(202);
    world.api.post("/v1/sms/campaigns/3/pause/", &json!(null)).await.expect(200);
    world.api.post("/v1/opt-outs/", &json!({"phone": "0712345678"})).await.expect(200);
    let messages = world.api.get("/v1/sms/campaigns/1/messages/?status=failed").await.expect(200);
    let message = format!("#/messages/{}", messages["results"][0]["id"].as_str().unwrap());
    let pages = [
        "#/campaigns",
        "#/campaigns?status=failed",
        "#/campaigns?q=Hello&from=2026-01-01",
        "#/campaigns?q=nothing+like+this",
        "#/campaigns/1",
        "#/campaigns/1?status=failed",
        "#/campaigns/1?mobile=0722000001",
        "#/messages?mobile=0722000001",
        "#/campaigns/2",
        "#/campaigns/3",
        "#/campaigns/99",
        "#/send?from=3",
        "#/books",
        "#/books?new",
        "#/books?phone=0712000000",
        "#/opt-outs",
        "#/wallet",
        "#/wallet?month=2026-01",
        "#/wallet?view=postings",
        "#/settings",
        "#/inbox",
    ];
    let of_the_book = ["", "?page=2", "/import"].map(|below| format!("#/books/{book}{below}"));
    let pages = pages.map(str::to_owned).into_iter().chain(of_the_book).chain([message]).collect();
    (world, pages, questions(&book))
}

#[tokio::test]
async fn no_page_breaks_a_rule_of_accessibility() {
    if !browser::is_asked_for() {
        return;
    }
    let Some(axe) = env::var_os("AXE") else {
        eprintln!("NOT CHECKED: AXE names no copy of axe-core");
        return;
    };
    let axe = fs::read_to_string(axe).expect("axe-core can be read");
    let (world, pages, questions) = furnished().await;
    for is_dark in [false, true] {
        for width in [360, 1280] {
            let looks = Looks { is_dark, width };
            let browser = Browser::start(&world, looks).await;
            browser.open("/console/").await;
            browser.wait("document.getElementById('key')").await;
            browser.run(&format!("{axe}; window.axe = axe"), &[]).await;
            assert_eq!(
                browser.run("return matchMedia('(prefers-color-scheme: dark)').matches", &[]).await,
                is_dark
            );
            assert_eq!(browser.run_async(RUN, &[]).await, json!([]), "sign in, {looks:?}");
            browser.fill("#key", world.api.key().unwrap()).await;
            browser.click("Sign in").await;
            browser.wait("document.querySelector('.side')").await;
            for page in &pages {
                browser.go(page).await;
                browser.wait("document.querySelector('.side ~ main').innerText.length > 20 && !document.querySelector('.loading')").await;
                browser.run(UNFOLD, &[]).await;
                assert_eq!(browser.run_async(RUN, &[]).await, json!([]), "{page}, {looks:?}");
                assert_eq!(
                    browser.run("return document.documentElement.scrollWidth - innerWidth", &[]).await,
                    0,
                    "{page}, {looks:?}"
                );
            }
            for (page, open) in &questions {
                browser.go(page).await;
                browser.run_async(open, &[]).await;
                browser.wait("document.querySelector('dialog[open]')").await;
                assert_eq!(browser.run_async(RUN, &[]).await, json!([]), "{page}: {open}, {looks:?}");
                browser.run(CLOSE, &[]).await;
                browser.wait("!document.querySelector('dialog')").await;
            }
            browser.open("/docs/").await;
            browser.wait("document.querySelector('main h3')").await;
            browser.run(UNFOLD, &[]).await;
            browser.run(&format!("{axe}; window.axe = axe"), &[]).await;
            assert_eq!(browser.run_async(RUN, &[]).await, json!([]), "the reference, {looks:?}");
        }
    }
}
