//! Single contacts and opt-outs: found, changed, exported.

use serde_json::{Value, json};
use tests::{World, client::Answer};

/// Contacts of a new book, as an import takes them.
async fn book_of(world: &World, name: &str, contacts: &Value) -> String {
    let book = world.book(name, &[]).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    world.api.post(&path, contacts).await.expect(200);
    book
}

fn rows(answer: &Value) -> &[Value] {
    answer["results"].as_array().unwrap()
}

#[tokio::test]
async fn a_contact_is_found_by_its_number_in_every_form_and_in_every_book() {
    let world = World::start().await;
    let two = json!([{"phone": "0712000001", "first_name": "Wanjiru"}, {"phone": "0712000002"}]);
    let members = book_of(&world, "Members", &two).await;
    let guests = book_of(&world, "Guests", &json!([{"phone": "0712000001", "first_name": "Ciru"}])).await;
    let path = format!("/v1/address-books/{members}/contacts/");
    for phone in ["0712000001", "+254712000001", "%2B254712000001", "254712000001", "0712%20000%20001"] {
        let found = world.api.get(&format!("{path}?phone={phone}")).await.expect(200);
        assert_eq!(
            (&found["total"], &rows(&found)[0]["first_name"]),
            (&json!(1), &json!("Wanjiru")),
            "{phone}"
        );
    }
    let by_body = "/v1/address-books/contacts/?phone=0712000001";
    assert_eq!(world.api.post(by_body, &json!({"id": members})).await.expect(200)["total"], 1);
    let contact = world.api.get(&format!("{path}?phone=0712000002")).await.expect(200)["results"][0].clone();
    let shown = world.api.get(&format!("{path}{}/", contact["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(shown, contact);
    let unknown = world.api.get(&format!("{path}?phone=0712000009")).await.expect(200);
    assert_eq!((&unknown["total"], &unknown["results"]), (&json!(0), &json!([])));
    let everywhere = world.api.get("/v1/contacts/?phone=0712000001").await.expect(200);
    assert_eq!(everywhere["total"], 2);
    let books: Vec<_> =
        rows(&everywhere).iter().map(|row| (&row["address_book"]["name"], &row["first_name"])).collect();
    assert_eq!(books, [(&json!("Guests"), &json!("Ciru")), (&json!("Members"), &json!("Wanjiru"))]);
    assert_eq!(rows(&everywhere)[0]["address_book"]["id"], guests);
    let second = world.api.get("/v1/contacts/?phone=0712000001&page=2&page_size=1").await.expect(200);
    assert_eq!(rows(&second)[0]["address_book"]["name"], "Members");
    let other = world.other_organisation().await;
    assert_eq!(other.api.get("/v1/contacts/?phone=0712000001").await.expect(200)["total"], 0);
    for wrong in ["/v1/contacts/", "/v1/contacts/?phone=12", &format!("{path}?phone=07120000X1")] {
        let answer = world.api.get(wrong).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), ["phone"], "{wrong}");
    }
}

#[tokio::test]
async fn a_contact_is_changed_field_by_field_and_follows_its_number() {
    let world = World::start().await;
    let contacts = json!([
        {"phone": "0712000001", "first_name": "Wanjiru", "notes": "VIP"},
        {"phone": "0712000002", "first_name": "Otieno"},
    ]);
    let book = book_of(&world, "Members", &contacts).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    let first = world.api.get(&format!("{path}?phone=0712000001")).await.expect(200)["results"][0].clone();
    let of = |contact: &Value| format!("{path}{}/", contact["id"].as_str().unwrap());
    let renamed =
        world.api.patch(&of(&first), &json!({"last_name": "Mwangi", "notes": null})).await.expect(200);
    assert_eq!(
        (&renamed["id"], &renamed["first_name"], &renamed["last_name"], &renamed["notes"]),
        (&first["id"], &json!("Wanjiru"), &json!("Mwangi"), &json!(""))
    );
    let taken = world.api.patch(&of(&first), &json!({"phone": "0712 000 002"})).await;
    taken.refused(409, "contact_exists");
    let second = world.api.get(&format!("{path}?phone=0712000002")).await.expect(200)["results"][0].clone();
    assert_eq!(taken.json()["contact_id"], second["id"]);
    let moved = world.api.patch(&of(&first), &json!({"phone": "0722 000 003"})).await.expect(200);
    assert_eq!((&moved["phone"], &moved["first_name"]), (&json!("+254722000003"), &json!("Wanjiru")));
    world.api.get(&of(&first)).await.refused(404, "contact_not_found");
    assert_eq!(world.api.get(&of(&moved)).await.expect(200), moved);
    let again = world.api.post(&path, &json!([{"phone": "0722000003"}])).await.expect(200);
    assert_eq!((&again["added"], &again["updated"]), (&json!(0), &json!(1)), "an import finds it");
    let bad = world.api.patch(&of(&moved), &json!({"phone": "0712ABCDEF1", "first_name": 7, "age": 3})).await;
    bad.refused(400, "invalid_request");
    assert_eq!(bad.bad_fields(), ["phone", "first_name", "age"]);
    let phoneless = world.api.patch(&of(&moved), &json!({"phone": null})).await.expect(200);
    assert_eq!((&phoneless["phone"], &phoneless["first_name"]), (&Value::Null, &json!("Wanjiru")));
    let nothing = json!({"first_name": null, "last_name": ""});
    world.api.patch(&of(&phoneless), &nothing).await.refused(400, "invalid_request");
    let shown = world.api.get(&format!("/v1/address-books/{book}/")).await.expect(200);
    assert_eq!((&shown["contact_count"], &shown["no_phone_count"]), (&json!(2), &json!(1)));
    assert_eq!(world.send(&[&book]).await["recipients_count"], 1);
    world.drain().await;
}

/// Follows a CSV list to its end; returns the bodies.
async fn pages(world: &World, path: &str) -> Vec<String> {
    let next = |answer: &Answer| {
        let link = answer.header("link")?.strip_prefix('<')?.split_once('>')?.0.to_owned();
        link.strip_prefix(world.stack.base_url()).map(str::to_owned)
    };
    let (mut bodies, mut path) = (Vec::new(), Some(path.to_owned()));
    while let Some(wanted) = path {
        let answer = world.api.get_csv(&wanted).await;
        assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"), "{}", answer.text());
        path = next(&answer);
        bodies.push(answer.text());
    }
    bodies
}

#[tokio::test]
async fn an_exported_book_is_read_back_without_a_loss() {
    let world = World::start().await;
    let contacts = json!([
        {"phone": "0712000001", "first_name": "Wanjiru", "last_name": "O'Neill", "email": "w@example.com",
         "notes": "two\nlines, a \"quote\"; and a tab\there"},
        {"phone": "+256772123456", "first_name": "=1+1", "notes": "'=quoted"},
        {"phone": "0712000003", "first_name": "-", "last_name": "@home", "notes": "'plain'"},
        {"first_name": "Ólafur", "email": "olafur@example.com"},
        {"first_name": "Ólafur", "email": "olafur@example.com", "notes": "a namesake"},
    ]);
    let book = book_of(&world, "Members", &contacts).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    let csv = world.api.get_csv(&path).await;
    assert_eq!(csv.header("x-total-count"), Some("5"));
    assert!(
        csv.text()
            .starts_with("id,first_name,last_name,phone,phone_type,email,notes,created_at,updated_at\n")
    );
    assert!(csv.text().contains(",+256772123456,") && csv.text().contains("'=1+1"), "{}", csv.text());
    let same = world.api.post_csv(&path, csv.text()).await.expect(200);
    assert_eq!((&same["unchanged"], &same["invalid_count"]), (&json!(5), &json!(0)), "{same}");
    let copy = world.book("Copy", &[]).await;
    let other = format!("/v1/address-books/{copy}/contacts/");
    for page in pages(&world, &format!("{path}?page_size=5")).await {
        world.api.post_csv(&other, page).await.expect(200);
    }
    let said = |answer: Value| {
        let mut said: Vec<String> = rows(&answer)
            .iter()
            .map(|row| {
                ["first_name", "last_name", "phone", "email", "notes"].map(|f| row[f].to_string()).concat()
            })
            .collect();
        said.sort();
        said
    };
    let (before, after) = (world.api.get(&path).await.expect(200), world.api.get(&other).await.expect(200));
    assert_eq!(said(before), said(after));
    world.api.get_csv(&format!("{path}?page_size=834")).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn opt_outs_are_listed_with_date_and_source_and_taken_off() {
    let world = World::start().await;
    let body = json!({"phones": ["0712345678", "+254722000111", "+256772123456", "junk"]});
    world.api.post("/v1/opt-outs/", &body).await.expect(200);
    let list = world.api.get("/v1/opt-outs/").await.expect(200);
    assert_eq!(list["total"], 3);
    let found = world.api.get("/v1/opt-outs/?phone=+254712345678").await.expect(200);
    assert_eq!(
        found["results"],
        json!([{"phone": "+254712345678", "source": "organisation", "sender_id": null,
        "created_at": "2026-11-23T11:00:05+03:00"}])
    );
    let csv = pages(&world, "/v1/opt-outs/?page_size=2").await.concat();
    let lines: std::collections::BTreeSet<&str> = csv.lines().collect();
    assert!(lines.contains("+254712345678,organisation,,2026-11-23T11:00:05+03:00"), "{csv}");
    assert_eq!(lines.len(), 4, "three numbers and the header: {csv}");
    let same =
        world.api.post_csv("/v1/opt-outs/", world.api.get_csv("/v1/opt-outs/").await.body).await.expect(200);
    let none_new =
        json!({"received": 3, "added": 0, "invalid_count": 0, "invalid": [], "phone_columns": ["phone"]});
    assert_eq!(same, none_new);
    let file = "Name,Phone\nOtieno,0733 000 222\nWanjiru,\nAkinyi,07ABC\n";
    let other = world.other_organisation().await;
    let added = other.api.post_csv("/v1/opt-outs/", file).await.expect(200);
    assert_eq!(
        (&added["received"], &added["added"], &added["invalid_count"]),
        (&json!(3), &json!(1), &json!(2))
    );
    assert_eq!(added["invalid"][0], json!({"row": 2, "line": 3, "phone": null, "reason": "no phone number"}));
    world.api.delete("/v1/opt-outs/", Some(&json!({"phone": "0722000111"}))).await.expect(200);
    for written in ["0712%20345%20678", "+256772123456"] {
        let path = format!("/v1/opt-outs/{written}/");
        assert_eq!(world.api.delete(&path, None).await.status.as_u16(), 204, "{written}");
        world.api.delete(&path, None).await.refused(404, "opt_out_not_found");
    }
    let (in_path, in_query) =
        (world.api.delete("/v1/opt-outs/abc/", None).await, world.api.get("/v1/opt-outs/?phone=abc").await);
    in_path.refused(400, "invalid_request");
    in_query.refused(400, "invalid_request");
    assert_eq!(in_path.json()["errors"], in_query.json()["errors"]);
    assert_eq!(in_path.json()["errors"][0]["field"], "phone");
    assert_eq!(world.api.get("/v1/opt-outs/?phone=0712345678").await.expect(200)["total"], 0);
    assert_eq!(world.api.get("/v1/opt-outs/").await.expect(200)["total"], 0);
}
