//! Reads and writes of requests about single contacts and opt-outs, without authentication.

use std::time::Instant;

use http::Method;
use serde_json::{Value, json};

use crate::{
    requests::{Costs, Spent, at_most},
    support::{books, measured_stack::MeasuredStack},
};

/// Contacts of a book of which single ones are asked for.
const CONTACTS: usize = 2_000;
/// Contacts of each of two books that are compared.
const COMPARED: usize = 1_000;
/// Rows of a file that is imported again.
const ROWS_AGAIN: usize = 5_100;

/// The path that a page's `next` leads to.
fn next(measured: &MeasuredStack, page: &Value) -> String {
    let next = page["next"].as_str().and_then(|next| next.strip_prefix(measured.stack.base_url()));
    next.expect("a page follows").to_owned()
}

#[tokio::test]
async fn a_page_after_a_cursor_costs_as_much_as_a_page_by_number() {
    let costs = Costs::start().await;
    let numbers: Vec<String> = books::numbers(CONTACTS).iter().map(|number| number.e164()).collect();
    let book = costs.measured.api.post("/v1/address-books/", &json!({"name": "one"})).await.expect(201);
    let contacts = format!("/v1/address-books/{}/contacts/", book["id"].as_str().expect("an id"));
    costs.measured.api.post_csv(&contacts, format!("phone\n{}\n", numbers.join("\n"))).await.expect(200);
    costs.measured.api.post("/v1/opt-outs/", &json!({"phones": numbers})).await.expect(200);
    // The header, and the one or two partitions that a page is in.
    let most = at_most(3, 0, 16.0, 0.0);
    for path in [format!("{contacts}?page=3"), contacts.clone()] {
        let page = costs.hold(Method::GET, &path, None, most).await;
        let after = costs.hold(Method::GET, &next(&costs.measured, &page), None, most).await;
        assert_eq!(after["results"].as_array().map(Vec::len), Some(100));
    }
    // All leaves, to count them, and those that the page shows with their origins.
    let most = at_most(2, 0, 40.0, 0.0);
    let page = costs.hold(Method::GET, "/v1/opt-outs/", None, most).await;
    costs.hold(Method::GET, &next(&costs.measured, &page), None, most).await;
    costs.measured.stack.stop().await;
}

#[tokio::test]
async fn a_request_about_one_contact_or_opt_out_is_a_handful_of_calls() {
    let costs = Costs::start().await;
    let numbers = books::numbers(CONTACTS);
    let mut books = Vec::new();
    // Only the first book is large: the requests about the others look for one of their contacts.
    for (name, numbers) in [("one", &numbers[..]), ("two", &numbers[..10]), ("three", &numbers[..10])] {
        let csv: String = numbers.iter().map(|number| format!("{}\n", number.e164())).collect();
        let book = costs.measured.api.post("/v1/address-books/", &json!({"name": name})).await.expect(201);
        let book = format!("/v1/address-books/{}/", book["id"].as_str().expect("an id"));
        costs.measured.api.post_csv(&format!("{book}contacts/"), format!("phone\n{csv}")).await.expect(200);
        books.push(book);
    }
    let (contacts, phone) = (format!("{}contacts/", books[0]), numbers[7].digits());
    let found = format!("{contacts}?phone={phone}");
    let found = costs.hold(Method::GET, &found, None, at_most(2, 0, 2.0, 0.0)).await;
    let contact = format!("{contacts}{}/", found["results"][0]["id"].as_str().expect("an id"));
    costs.hold(Method::GET, &contact, None, at_most(2, 0, 2.0, 0.0)).await;
    let everywhere = format!("/v1/contacts/?phone={phone}");
    let everywhere = costs.hold(Method::GET, &everywhere, None, at_most(2, 0, 4.0, 0.0)).await;
    assert_eq!(everywhere["total"], 3);
    let noted = Some(json!({"notes": "called"}));
    costs.hold(Method::PATCH, &contact, noted, at_most(2, 1, 2.0, 4.0)).await;
    // Two contacts, two leaves, the header; a transaction bills twice.
    let moved = Some(json!({"phone": "+254799999999"}));
    costs.hold(Method::PATCH, &contact, moved, at_most(3, 1, 4.0, 10.0)).await;
    let list = "/v1/opt-outs/";
    let phones: Vec<String> = numbers.iter().map(|number| number.e164()).collect();
    costs.measured.api.post(list, &json!({"phones": phones})).await.expect(200);
    costs.hold(Method::GET, &format!("{list}?phone={phone}"), None, at_most(1, 0, 2.0, 0.0)).await;
    // The leaf, its origins, the head and the record of the removal; a transaction bills twice.
    costs.hold(Method::DELETE, &format!("{list}{phone}/"), None, at_most(1, 1, 2.0, 8.0)).await;
    // The cost does not depend on the size of the book, and the list of books does not depend on its remaining items.
    costs.hold(Method::DELETE, &books[0], None, at_most(0, 1, 0.0, 6.0)).await;
    costs.hold(Method::GET, "/v1/address-books/", None, at_most(1, 0, 2.0, 0.0)).await;
    costs.measured.stack.stop().await;
}

/// Reads and writes of an import of these numbers into a new book, and of a send to it.
async fn import_and_send(costs: &Costs, name: &str, phones: &[String]) -> [Spent; 2] {
    let book = costs.measured.api.post("/v1/address-books/", &json!({"name": name})).await.expect(201);
    let contacts = format!("/v1/address-books/{}/contacts/", book["id"].as_str().expect("an id"));
    let rows = phones.iter().map(|phone| json!({"phone": phone})).collect();
    let (report, import) = costs.spent(Method::POST, &contacts, Some(rows)).await;
    assert_eq!(report["added"], phones.len());
    let send = json!({"group_ids": [book["id"]], "message": name});
    let (_, send) = costs.spent(Method::POST, "/v1/sms/send-group/", Some(send)).await;
    println!("{name}: import {import:?}, send {send:?}");
    [import, send]
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_file_that_is_imported_again_is_read_and_not_written() {
    let costs = Costs::start().await;
    let book = costs.measured.api.post("/v1/address-books/", &json!({"name": "again"})).await.expect(201);
    let contacts = format!("/v1/address-books/{}/contacts/", book["id"].as_str().expect("an id"));
    // Rows for two slices.
    let rows: Value =
        books::numbers(ROWS_AGAIN).iter().map(|number| json!({"phone": number.e164()})).collect();
    costs.spent(Method::POST, &contacts, Some(rows.clone())).await;
    let begun = Instant::now();
    let (report, spent) = costs.spent(Method::POST, &contacts, Some(rows)).await;
    assert_eq!(report["unchanged"], ROWS_AGAIN);
    let seconds = begun.elapsed().as_secs() as f64;
    println!("the same file again: {spent:?} in {seconds} s");
    // The slot that a long import takes and gives back; each second an edit notes how far it came.
    assert!(spent.write_units <= 2.0 + 2.0 * seconds, "{spent:?}");
    costs.measured.stack.stop().await;
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn landlines_make_an_import_and_a_send_no_dearer_by_more_than_a_tenth() {
    let costs = Costs::start().await;
    let mobiles: Vec<String> = books::numbers(COMPARED).iter().map(|number| number.e164()).collect();
    let landlines = (0..COMPARED / 10).map(|number| format!("+2542020{number:05}"));
    let mixed: Vec<String> = landlines.chain(mobiles.iter().cloned()).take(COMPARED).collect();
    let without = import_and_send(&costs, "without landlines", &mobiles).await;
    let with = import_and_send(&costs, "a tenth are landlines", &mixed).await;
    for (with, without) in with.into_iter().zip(without) {
        assert!(with.read_units <= without.read_units * 1.1, "{with:?} {without:?}");
        assert!(with.write_units <= without.write_units * 1.1, "{with:?} {without:?}");
    }
    costs.measured.stack.stop().await;
}
