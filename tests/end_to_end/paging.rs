//! Lists that change while a client follows `next`.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::{World, phones};

/// How often each value of a field appeared.
type Seen = BTreeMap<String, u32>;

fn note(seen: &mut Seen, page: &Value, field: &str) {
    for row in page["results"].as_array().unwrap() {
        *seen.entry(row[field].as_str().unwrap().to_owned()).or_default() += 1;
    }
}

/// The path that `next` leads to.
fn next(world: &World, page: &Value) -> Option<String> {
    Some(page["next"].as_str()?.strip_prefix(world.stack.base_url()).unwrap().to_owned())
}

#[tokio::test]
async fn deleting_contacts_between_pages_makes_no_other_contact_missing_or_repeated() {
    let world = World::start().await;
    let numbers = phones(0..80);
    let book = world.book("Book", &numbers).await;
    let contacts = format!("/v1/address-books/{book}/contacts/");
    let (mut seen, mut pages) = (Seen::new(), Vec::new());
    let mut path = Some(format!("{contacts}?page_size=20"));
    while let Some(wanted) = path {
        let page = world.api.get(&wanted).await.expect(200);
        note(&mut seen, &page, "phone");
        for row in &page["results"].as_array().unwrap()[..4] {
            let path = format!("{contacts}{}/", row["id"].as_str().unwrap());
            assert_eq!(world.api.delete(&path, None).await.status.as_u16(), 204);
        }
        pages.push((page["page"].clone(), page["total"].clone(), page["total_pages"].clone()));
        path = next(&world, &page);
    }
    assert_eq!(seen, numbers.into_iter().map(|number| (number, 1)).collect());
    let expected = [(1, 80, 4), (2, 76, 4), (3, 72, 4), (4, 68, 4)];
    assert_eq!(pages, expected.map(|(page, total, pages)| (page.into(), total.into(), pages.into())));
}

#[tokio::test]
async fn messages_that_change_their_status_between_pages_make_no_other_missing_or_repeated() {
    let world = World::start_with_batches_of(10).await;
    // Numbers whose delivery is never reported: they stay sent.
    let silent: Vec<String> = (710..730).map(|prefix| format!("254{prefix}000046")).collect();
    let plus: Vec<String> = silent.iter().map(|number| format!("+{number}")).collect();
    let book = world.book("Book", &[phones(0..11), plus].concat()).await;
    world.send(&[&book]).await;
    world.drain().await;
    let mut seen = Seen::new();
    let mut path = Some("/v1/sms/campaigns/1/messages/?status=sent&page_size=8".to_owned());
    while let Some(wanted) = path {
        let page = world.api.get(&wanted).await.expect(200);
        note(&mut seen, &page, "mobile");
        path = next(&world, &page);
        world.stack.deliver_reports().await.unwrap();
    }
    world.audit().await;
    assert!(silent.iter().all(|number| seen.get(number) == Some(&1)), "{seen:?}");
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    let delivered = world.api.get("/v1/sms/campaigns/1/messages/?status=delivered").await.expect(200);
    assert_eq!(delivered["total"], 11);
}

#[tokio::test]
async fn opt_outs_that_are_removed_between_pages_make_no_other_missing() {
    let world = World::start().await;
    let numbers = phones(0..90);
    let body = serde_json::json!({"phones": numbers});
    world.api.post("/v1/opt-outs/", &body).await.expect(200);
    let (mut seen, mut path) = (Seen::new(), Some("/v1/opt-outs/?page_size=20".to_owned()));
    while let Some(wanted) = path {
        let page = world.api.get(&wanted).await.expect(200);
        note(&mut seen, &page, "phone");
        let first = page["results"][0]["phone"].as_str().unwrap();
        assert_eq!(world.api.delete(&format!("/v1/opt-outs/{first}/"), None).await.status.as_u16(), 204);
        path = next(&world, &page);
    }
    assert_eq!(seen, numbers.into_iter().map(|number| (number, 1)).collect());
}

/// Follows a list from its first page; items that `meanwhile` adds between two pages are left out of the result.
async fn follow(world: &World, first: &str, field: &str, meanwhile: impl AsyncFn()) -> Vec<Value> {
    let (mut found, mut path) = (Vec::new(), Some(first.to_owned()));
    while let Some(wanted) = path {
        let page = world.api.get(&wanted).await.expect(200);
        found.extend(page["results"].as_array().unwrap().iter().map(|row| row[field].clone()));
        path = next(world, &page);
        meanwhile().await;
    }
    found
}

#[tokio::test]
async fn campaigns_and_entries_that_are_added_between_pages_make_no_other_missing_or_repeated() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let send = async || {
        world.clock().advance(domain::timestamp::Millis::from_secs(1));
        world.send(&[&book]).await;
    };
    for _ in 0..5 {
        send().await;
    }
    let campaigns = follow(&world, "/v1/sms/campaigns/?page_size=2", "campaign_id", send).await;
    assert_eq!(campaigns, [5, 4, 3, 2, 1]);
    let scheduled = "/v1/sms/campaigns/?status=queued&page_size=3";
    assert_eq!(follow(&world, scheduled, "campaign_id", send).await, [8, 7, 6, 5, 4, 3, 2, 1]);
    let ledger = "/v1/wallet/entries/";
    let all = world.api.get(ledger).await.expect(200);
    let ids: Vec<Value> = all["results"].as_array().unwrap().iter().map(|line| line["id"].clone()).collect();
    assert_eq!(follow(&world, &format!("{ledger}?page_size=4"), "id", send).await, ids);
}

#[tokio::test]
async fn books_that_are_added_and_deleted_between_pages_make_no_other_missing_or_repeated() {
    let world = World::start().await;
    let number = &phones(0..1)[..];
    for name in ["Beta", "Delta", "Gamma", "Zeta"] {
        world.book(name, number).await;
    }
    let everywhere = format!("/v1/contacts/?phone={}&page_size=2", number[0].trim_start_matches('+'));
    for (list, field) in [("/v1/address-books/?page_size=2", "name"), (&*everywhere, "address_book")] {
        // The new book sorts first in the list.
        let add = async || drop(world.book("Alpha", number).await);
        let found = follow(&world, list, field, add).await;
        let names = found.iter().map(|row| row["name"].as_str().or(row.as_str()).unwrap());
        let names: Vec<&str> = names.filter(|name| *name != "Alpha").collect();
        assert_eq!(names, ["Beta", "Delta", "Gamma", "Zeta"], "{list}");
    }
}

#[tokio::test]
async fn a_cursor_is_taken_unchanged_for_its_own_list_only() {
    let world = World::start().await;
    let (book, other) = (world.book("Book", &phones(0..30)).await, world.book("Other", &phones(0..30)).await);
    world.send(&[&book]).await;
    let contacts = format!("/v1/address-books/{book}/contacts/?page_size=10");
    let messages = "/v1/sms/campaigns/1/messages/?page_size=10".to_owned();
    for path in [&contacts, &messages] {
        let page = world.api.get(path).await.expect(200);
        let next = next(&world, &page).unwrap();
        let cursor = next.split_once("cursor=").unwrap().1;
        let changed = |byte: u8| if byte == b'A' { "B" } else { "A" };
        for place in [0, 9, cursor.len() / 2, cursor.len() - 1] {
            let mut bad = cursor.to_owned();
            bad.replace_range(place..=place, changed(cursor.as_bytes()[place]));
            let answer = world.api.get(&format!("{path}&cursor={bad}")).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.bad_fields(), ["cursor"]);
        }
        for (elsewhere, field) in [
            (format!("{path}&cursor="), "cursor"),
            (format!("{path}&cursor={cursor}&page=2"), "page"),
            (format!("/v1/address-books/{other}/contacts/?cursor={cursor}"), "cursor"),
            (format!("/v1/sms/campaigns/1/messages/?cursor={cursor}&status=sent"), "cursor"),
            (format!("/v1/opt-outs/?cursor={cursor}"), "cursor"),
        ] {
            let answer = world.api.get(&elsewhere).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.bad_fields(), [field], "{elsewhere}");
        }
        let by_number = world.api.get(&format!("{path}&page=2")).await.expect(200);
        let by_cursor = world.api.get(&next).await.expect(200);
        assert_eq!(by_number["results"], by_cursor["results"]);
        assert_eq!(by_cursor["page"], by_number["page"]);
        assert!(by_number["previous"].as_str().unwrap().ends_with("page_size=10&page=1"));
        assert!(by_cursor["previous"].is_null(), "a cursor leads one way");
    }
}
