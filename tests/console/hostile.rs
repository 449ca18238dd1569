//! Texts that contain scripts, and a page that tries to run one.

use serde_json::{Value, json};
use tests::World;

use crate::browser::{self, Browser, Looks};

const CANARIES: [&str; 6] = [
    "<img src=x onerror=window.pwned=1>",
    "<script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    "${window.pwned=1}{{window.pwned=1}}",
    "\u{202E}gnp.exe \" ' ` </textarea><svg/onload=window.pwned=1>",
    "A name of exactly one hundred characters without a single space_____________________________________",
];

/// Reports of the policy since the page was loaded, those before this call included.
const LISTEN: &str = "window.reports = []; new ReportingObserver(all => window.reports.push(...all.map(one => one.body.effectiveDirective)), \
    {types: ['csp-violation'], buffered: true}).observe()";

async fn fill_with(world: &World, canaries: &[&str]) -> Vec<String> {
    let mut books = Vec::new();
    for (place, canary) in canaries.iter().enumerate() {
        let name: String = canary.chars().take(100).collect();
        let book = world
            .api
            .post("/v1/address-books/", &json!({"name": name, "description": canary}))
            .await
            .expect(201);
        let id = book["id"].as_str().unwrap().to_owned();
        let contact = json!([{"phone": format!("07123456{place:02}"), "first_name": canary, "last_name": canary, "email": format!("{place}@example.com"), "notes": canary}]);
        world.api.post(&format!("/v1/address-books/{id}/contacts/"), &contact).await.expect(200);
        let send = json!({"group_ids": [id], "message": canary, "allow_placeholders": true});
        world.api.post("/v1/sms/send-group/", &send).await.expect(202);
        books.push(id);
    }
    world.drain().await;
    books
}

#[tokio::test]
async fn hostile_texts_stay_texts_on_every_page() {
    let Some(world) = browser::world().await else { return };
    let books = fill_with(&world, &CANARIES).await;
    let browser = Browser::start(&world, Looks { is_dark: false, width: 360 }).await;
    browser.enter("#/campaigns").await;
    browser.run(LISTEN, &[]).await;
    let mut pages: Vec<String> =
        ["#/campaigns", "#/send", "#/books", "#/wallet", "#/opt-outs", "#/inbox"].map(str::to_owned).into();
    pages.extend(books.iter().map(|book| format!("#/books/{book}")));
    pages.extend((1..=CANARIES.len()).map(|campaign| format!("#/campaigns/{campaign}")));
    pages.push(format!("#/send?from=1&book={}", books[0]));
    let image = "%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E";
    let asked = [
        "opt-outs?phone",
        "campaigns?q",
        "campaigns?from",
        "campaigns/1?mobile",
        "messages?mobile",
        "wallet?month",
    ];
    pages.extend(asked.map(|field| format!("#/{field}={image}")));
    pages.push("#/settings".to_owned());
    pages.push(format!("#/books/{}/import", books[1]));
    for page in pages {
        browser.go(&page).await;
        let state = browser
            .run(
                "return [window.pwned ?? null, window.reports, document.documentElement.scrollWidth - innerWidth, \
                 document.querySelectorAll('img, iframe, [onerror], [onload], [style]').length]",
                &[],
            )
            .await;
        assert_eq!(state, json!([null, [], 0, 0]), "{page}");
    }
    browser.go("#/campaigns/1").await;
    browser.see(CANARIES[0]).await;
}

#[tokio::test]
async fn the_policy_refuses_what_an_attacker_would_try() {
    let Some(world) = browser::world().await else { return };
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns").await;
    // A script of the driver may evaluate strings; a script that it starts with a timer is the page's.
    let tried = browser
        .run_async(
            "const done = arguments[0]; const refused = []; \
             const script = document.createElement('script'); \
             try { script.textContent = 'window.pwned = 1'; } catch { refused.push('inline script'); } \
             try { document.body.innerHTML = '<b>1</b>'; } catch { refused.push('innerHTML'); } \
             document.body.append(script); \
             setTimeout(() => { try { eval('1'); } catch { refused.push('eval'); } }); \
             fetch('http://127.0.0.1:9/').catch(() => refused.push('another origin')) \
               .then(() => setTimeout(() => done([refused.sort(), window.pwned ?? null])))",
            &[],
        )
        .await;
    assert_eq!(tried, json!([["another origin", "eval", "inline script", "innerHTML"], Value::Null]));
}
