//! Which numbers an import reads, and which of them a campaign reaches.

use domain::organisation::NotMobile;
use serde_json::{Value, json};
use tests::World;

/// Two mobile numbers, a landline, a toll-free number and a contact without one.
const CONTACTS: &str =
    "phone,name\n0712345678,Amina\n0733123456,Baraka\n020 2000100,Office\n0800 221000,Help\n,Nameless\n";

async fn import(world: &World, name: &str, query: &str, csv: &str) -> (String, Value) {
    let book = world.book(name, &[]).await;
    let path = format!("/v1/address-books/{book}/contacts/{query}");
    let report = world.api.post_csv(&path, csv.to_owned()).await.expect(200);
    (book, report)
}

async fn dry_run(world: &World, books: &[&str]) -> Value {
    let body = json!({"group_ids": books, "message": "Hi", "dry_run": true});
    world.api.post("/v1/sms/send-group/", &body).await.json()
}

async fn phones(world: &World, book: &str) -> Vec<String> {
    let page = world.api.get(&format!("/v1/address-books/{book}/contacts/")).await.expect(200);
    let results = page["results"].as_array().unwrap().iter();
    let mut phones: Vec<String> = results.filter_map(|c| c["phone"].as_str().map(str::to_owned)).collect();
    phones.sort_unstable();
    phones
}

#[tokio::test]
async fn landlines_stay_contacts_and_are_left_out_of_campaigns_unless_the_organisation_allows_them() {
    let world = World::start().await;
    let (contacts, report) = import(&world, "People", "", CONTACTS).await;
    assert_eq!(
        (&report["added"], &report["not_mobile"], &report["country"]),
        (&json!(5), &json!(2), &json!("KE"))
    );
    let (landlines, _) = import(&world, "Landlines", "", "phone\n+254202000100\n+254202000101\n").await;
    let found =
        world.api.get(&format!("/v1/address-books/{contacts}/contacts/?phone=0202000100")).await.expect(200);
    assert_eq!(found["results"][0]["phone_type"], "fixed_line");
    let found =
        world.api.get(&format!("/v1/address-books/{contacts}/contacts/?phone=0712345678")).await.expect(200);
    assert_eq!(found["results"][0]["phone_type"], "mobile");

    let estimate = dry_run(&world, &[&contacts, &landlines]).await;
    assert_eq!((&estimate["recipients_count"], &estimate["estimated_cost"]), (&json!(2), &json!("KES 2.00")));
    let skipped = json!({
        "duplicate": 1, "no_phone": 1, "invalid_phone": 0, "opted_out": 0, "not_mobile": 3, "unpriced": 0, "unrouted": 0,
    });
    assert_eq!(estimate["skipped"], skipped);
    let unknown = dry_run(&world, &[&landlines]).await;
    assert_eq!(
        (&unknown["code"], &unknown["skipped"]["not_mobile"]),
        (&json!("no_reachable_recipient"), &json!(2))
    );
    assert!(
        unknown["detail"].as_str().unwrap().ends_with("2 with a number that is not mobile."),
        "{unknown}"
    );
    assert_eq!(world.send(&[&contacts]).await["skipped"]["not_mobile"], 2);
    world.drain().await;
    assert_eq!(world.inbox().messages, 2);
    assert_eq!(world.status(1).await["skipped"]["not_mobile"], 2);

    world.configure(|organisation| organisation.not_mobile = NotMobile::Allow).await;
    let allowed = dry_run(&world, &[&contacts, &landlines]).await;
    assert_eq!((&allowed["recipients_count"], &allowed["skipped"]["not_mobile"]), (&json!(5), &json!(0)));
    assert_eq!(allowed["skipped"]["duplicate"], 1);
    world.audit().await;
}

#[tokio::test]
async fn an_import_may_name_the_country_of_its_numbers() {
    let world = World::start().await;
    let csv = "phone\n0772123456\n+254712345678\n";
    let (ugandans, report) = import(&world, "Ugandans", "?country=UG", csv).await;
    assert_eq!(report["country"], "UG");
    assert_eq!(phones(&world, &ugandans).await, ["+254712345678", "+256772123456"]);
    for query in ["?country=XX", "?country=Kenya", "?country=", "?country=UG&country=KE"] {
        let path = format!("/v1/address-books/{ugandans}/contacts/{query}");
        let answer = world.api.post_csv(&path, csv).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.json()["errors"][0]["field"], "country", "{query}");
    }
    let opt_out = json!({"phones": ["0772 123456"]});
    world.api.post("/v1/opt-outs/?country=ug", &opt_out).await.expect(200);
    let estimate = dry_run(&world, &[&ugandans]).await;
    assert_eq!((&estimate["recipients_count"], &estimate["skipped"]["opted_out"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn cells_that_are_not_numbers_are_refused_with_their_reason_in_imports_and_opt_outs() {
    let world = World::start().await;
    let cells = [
        "2026-11-28",
        "254.712345678",
        "0712345XXX",
        "0712345678;0733123456",
        "2.54712E+11",
        "-712345678",
        "-1.2921, 36.8219",
        "254712345678@lid",
        "(fax) 020 2345678",
    ];
    let contacts: Vec<Value> = cells.iter().map(|cell| json!({"phone": cell})).collect();
    let book = world.book("Cells", &[]).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    let imported = world.api.post(&path, &Value::Array(contacts)).await.expect(200);
    let opted_out = world.api.post("/v1/opt-outs/", &json!({"phones": cells})).await.expect(200);
    assert_eq!(
        (&imported["invalid_count"], &imported["invalid"]),
        (&json!(cells.len()), &opted_out["invalid"])
    );
    let reasons: std::collections::BTreeSet<&str> =
        imported["invalid"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), cells.len(), "each has a sentence of its own: {reasons:?}");
    // Foreign numbers: with a price, without a price, and one that is also valid in the home country.
    let foreign =
        json!([{"phone": "256772123456"}, {"phone": "27821234567"}, {"phone": 254_712_345_678_u64}]);
    let imported = world.api.post(&path, &foreign).await.expect(200);
    assert_eq!((&imported["added"], &imported["invalid"][0]["row"]), (&json!(2), &json!(2)));
    assert_eq!(phones(&world, &book).await, ["+254712345678", "+256772123456"]);
    // JSON numbers are read as the same characters in a cell.
    let numbers = r#"[{"phone":254722000111.0},{"phone":2.54733123456E+11},{"phone":2.54712E+11},{"phone":7.12345678}]"#;
    let kind = [("content-type", "application/json")];
    let imported = world.api.call(http::Method::POST, &path, &kind, numbers).await.expect(200);
    assert_eq!((&imported["added"], &imported["invalid_count"]), (&json!(2), &json!(2)), "{imported}");
    assert_eq!(
        (&imported["invalid"][0]["row"], &imported["invalid"][0]["phone"]),
        (&json!(3), &json!("2.54712E+11"))
    );
    let contact = &world.api.get(&format!("{path}?phone=0722000111")).await.expect(200)["results"][0]["id"];
    let contact = format!("{path}{}/", contact.as_str().unwrap());
    let body = r#"{"phone":254722000112.0}"#;
    let changed = world.api.call(http::Method::PATCH, &contact, &kind, body).await.expect(200);
    assert_eq!(changed["phone"], "+254722000112");
}
