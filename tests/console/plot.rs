//! The plot of a campaign, and what readers see who asked for less motion or print the page.

use domain::timestamp::Millis;
use serde_json::{Value, json};
use tests::{World, phones};

use crate::browser::{self, Browser, Looks};

/// The plot's table as numbers: the shown statuses, and a row of counts for each time.
const TABLE: &str = "const [head, ...rows] = [...document.querySelectorAll('.plot table tr')]\
    .map(row => [...row.cells].map(cell => cell.textContent.trim())); \
    return {head: head.slice(1), rows: rows.map(([, ...cells]) => cells.map(cell => Number(cell.replaceAll(',', ''))))}";
/// The highest point of the line of what was sent, as a part of the plot's height.
const LINE: &str = "const svg = document.querySelector('.plot svg'); \
    const points = svg.querySelector('.line.sent').getAttribute('points').split(' ').map(point => point.split(',').map(Number)); \
    return [points.length, 1 - points.at(-1)[1] / (svg.viewBox.baseVal.height - 4)]";

/// A campaign of 450 in batches of 20, some of which are handed over every two seconds.
async fn sent() -> Option<World> {
    if !browser::is_asked_for() {
        return None;
    }
    let world = World::start_with_batches_of(20).await;
    let numbers = [phones(0..446), world.magic(&["000001", "000006", "000035", "000042"])].concat();
    let book = world.book("Customers", &numbers).await;
    world.send(&[&book]).await;
    while world.stack.poll_batches().await.expect("the queue answers").received > 0 {
        world.clock().advance(Millis::from_secs(2));
    }
    world.drain().await;
    Some(world)
}

#[tokio::test]
async fn the_plot_and_its_table_have_the_numbers_of_the_api() {
    let Some(world) = sent().await else { return };
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    browser.wait("document.querySelector('.plot')").await;
    browser.run("document.querySelector('.plot summary').click()", &[]).await;
    let answer = world.api.get("/v1/sms/campaigns/1/timeline/").await.expect(200);
    let points = answer["results"].as_array().expect("points");
    let counts = |point: &Value| {
        ["sent", "failed", "unconfirmed"].map(|name| point[format!("{name}_count")].as_u64().unwrap())
    };
    let expected: Vec<_> = points.iter().map(counts).collect();
    let table = browser.run(TABLE, &[]).await;
    assert_eq!(table["head"], json!(["Sent", "Failed", "Unconfirmed"]));
    let mut rows: Vec<[u64; 3]> = serde_json::from_value(table["rows"].clone()).unwrap();
    // The plot begins with a row of zeros, which the API does not have.
    if rows.len() > expected.len() {
        assert_eq!(rows.remove(0), [0, 0, 0]);
    }
    assert_eq!(rows, expected);
    let status = world.status(1).await;
    assert_eq!(json!(rows.last().unwrap()[0]), status["sent_count"]);
    let line = browser.run(LINE, &[]).await;
    let part = status["sent_count"].as_f64().unwrap() / status["recipients_count"].as_f64().unwrap();
    assert!(line[0].as_u64() >= Some(expected.len() as u64), "{line}");
    assert!((line[1].as_f64().unwrap() - part).abs() < 0.01, "{line} {part}");
}

#[tokio::test]
async fn less_motion_and_paper_are_respected() {
    let Some(world) = sent().await else { return };
    let browser = Browser::start(&world, Looks::WIDE).await;
    browser.enter("#/campaigns/1").await;
    let moving = "return document.getAnimations().length + [...document.querySelectorAll('*')]\
        .filter(e => [e, '::before', '::after'].some((_, place) => \
            getComputedStyle(e, ['', '::before', '::after'][place]).animationName !== 'none')).length";
    // Only a page that waits has a moving element.
    let waiting = "const span = document.createElement('span'); const box = document.createElement('div'); \
        box.className = 'loading'; box.append(span); document.querySelector('main').append(box)";
    browser.run(waiting, &[]).await;
    assert_ne!(browser.run(moving, &[]).await, 0);
    let reduced = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    browser.chrome("Emulation.setEmulatedMedia", reduced).await;
    assert_eq!(browser.run(moving, &[]).await, 0);

    browser.chrome("Emulation.setEmulatedMedia", json!({"media": "print", "features": []})).await;
    let hidden = "return ['.side', '.curl', '.head .end', '.search', 'button'].flatMap(css => [...document.querySelectorAll(css)])\
        .filter(e => e.checkVisibility()).length";
    assert_eq!(browser.run(hidden, &[]).await, 0, "what paper cannot press");
    let shown = "return ['h1', '.counts', '.facts', '.plot svg', '.reasons', '.messages'].filter(css => !document.querySelector(css)?.checkVisibility())";
    assert_eq!(browser.run(shown, &[]).await, json!([]));
    let ink = browser.run("return getComputedStyle(document.body).color", &[]).await;
    assert_eq!(ink, "rgb(0, 0, 0)");
}
