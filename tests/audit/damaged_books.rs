//! Damage to address books and their rosters.

use auditor::Rule;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{msisdn::Msisdn, packed};
use tests::phones;

use crate::damage::{Damaged, Item, bytes, set, set_bytes};

/// The id of the one book.
async fn book(damaged: &Damaged) -> String {
    let books = damaged.sort_keys(&damaged.book("ORG#{org}", "")).await;
    assert_eq!(books.len(), 1);
    books[0].trim_start_matches("BOOK#").to_owned()
}

#[tokio::test]
async fn a_roster_that_differs_from_its_contacts_is_found() {
    let damaged = Damaged::shared().await;
    let book = book(&damaged).await;
    let roster = format!("ROSTER#{{org}}#{book}");
    let leaf = damaged.sort_keys(&damaged.book(&roster, "")).await[0].clone();
    let lose = |item: &mut Item| {
        let mut phones = packed::unpack::<Msisdn>(&bytes(item, "mobiles")).unwrap();
        phones.pop();
        set_bytes(item, "mobiles", packed::pack(&phones));
    };
    damaged.tells(Rule::Roster, damaged.book(&roster, &leaf), lose).await;
    damaged.misses(Rule::Roster, damaged.book(&roster, &leaf)).await;
    let contacts = format!("BOOK#{{org}}#{book}#a");
    let contact = damaged.sort_keys(&damaged.book(&contacts, "")).await[0].clone();
    damaged.misses(Rule::Roster, damaged.book(&contacts, &contact)).await;
    let move_on = |item: &mut Item| {
        let phone: i64 = item["phone"].as_n().unwrap().parse().unwrap();
        set(item, "phone", phone + 1);
    };
    damaged.tells(Rule::Roster, damaged.book(&contacts, &contact), move_on).await;
    let make_a_landline = |item: &mut Item| {
        item.insert("line".to_owned(), AttributeValue::S("fixed_line".to_owned()));
    };
    damaged.tells(Rule::Roster, damaged.book(&contacts, &contact), make_a_landline).await;
    let recount = |header: &mut Item| {
        let mut counts = bytes(header, "leaf_counts");
        counts[0] += 1;
        set_bytes(header, "leaf_counts", counts);
    };
    damaged.tells(Rule::Roster, damaged.book("ORG#{org}", &format!("BOOK#{book}")), recount).await;
}

#[tokio::test]
async fn an_unfinished_edit_is_found_and_one_under_way_is_not() {
    let damaged = Damaged::start().await;
    let header = format!("BOOK#{}", book(&damaged).await);
    let now = damaged.world.now().millis();
    let edit = |until: i64| {
        move |header: &mut Item| {
            set(header, "edit_id", 7);
            set(header, "edit_until", until);
            set_bytes(header, "edit_leaves", vec![0]);
        }
    };
    let an_hour = 60 * 60 * 1_000;
    damaged.tells(Rule::Edit, damaged.book("ORG#{org}", &header), edit(now - an_hour)).await;
    let mut under_way = damaged.get(&damaged.book("ORG#{org}", &header)).await;
    edit(now + 1)(&mut under_way);
    let place = damaged.book("ORG#{org}", &header);
    damaged.replace(&place, under_way).await;
    let report = damaged.world.audited().await;
    assert!(report.is_clean() && report.unsettled == 1, "{report}");
    // The next reader after its time repairs it.
    damaged.world.clock().advance(domain::timestamp::Millis::from_secs(1));
    let body = serde_json::json!({"name": "Another"});
    damaged.world.api.post("/v1/address-books/", &body).await.expect(201);
    damaged.world.api.get("/v1/address-books/").await.expect(200);
    damaged.world.audit().await;
    damaged.world.add_contacts(header.trim_start_matches("BOOK#"), &phones(2_000..2_010)).await;
    damaged.world.audit().await;
}

#[tokio::test]
async fn a_deleted_book_without_a_marker_is_found_and_one_that_is_being_removed_is_not() {
    let damaged = Damaged::start().await;
    let book = book(&damaged).await;
    damaged.world.api.delete(&format!("/v1/address-books/{book}/"), None).await;
    damaged.world.audit().await;
    let (header, marker) = (format!("BOOK#{book}"), format!("{{org}}#{book}"));
    let marker = marker.replace("{org}", &damaged.world.organisation.id.to_string());
    damaged.misses(Rule::Edit, damaged.book("REMOVALS", &marker)).await;
    let bring_back = |header: &mut Item| drop(header.remove("deleted_at"));
    damaged.tells(Rule::Edit, damaged.book("ORG#{org}", &header), bring_back).await;
    // The clock continues a removal that crashed.
    let crashed = damaged.world.now().millis();
    let crash = |header: &mut Item| {
        set(header, "edit_id", 7);
        set(header, "edit_until", crashed);
    };
    let key = damaged.book("ORG#{org}", &header);
    let mut held = damaged.get(&key).await;
    crash(&mut held);
    damaged.replace(&key, held).await;
    damaged.world.audit().await;
    damaged.world.tick().await;
    assert!(!damaged.world.everything_stored().await.contains(&format!("BOOK#{book}")));
    damaged.world.audit().await;
}
