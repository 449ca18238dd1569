//! Imports of files: files that are refused as a whole, names of columns, the largest body.

use domain::{api_key::KeyMode, timestamp::Millis};
use http::Method;
use serde_json::{Value, json};
use tests::{World, client::Answer, phones};

/// A book and its import.
struct Import {
    world: World,
    path: String,
}

impl Import {
    async fn start() -> Self {
        let world = World::start_small().await;
        let book = world.book("Members", &[]).await;
        Self { world, path: format!("/v1/address-books/{book}/contacts/") }
    }

    async fn post(&self, query: &str, kind: &str, body: impl Into<bytes::Bytes>) -> Answer {
        let path = format!("{}{query}", self.path);
        self.world.api.call(Method::POST, &path, &[("content-type", kind)], body).await
    }

    async fn contacts(&self) -> Value {
        self.world.api.get(&self.path).await.expect(200)["total"].clone()
    }
}

#[tokio::test]
async fn an_organisation_has_two_long_imports_under_way_at_most() {
    let world = World::start().await;
    let (book, stores) = (world.book("Book", &[]).await, tests::stored::stores(&world.stack));
    let take = async || {
        stores.books.take_import_slot(world.organisation.id, KeyMode::Live, world.now()).await.unwrap()
    };
    let (first, _second) = (take().await.unwrap(), take().await.unwrap());
    let path = format!("/v1/address-books/{book}/contacts/");
    let rows = format!("phone\n{}\n", phones(0..1_001).join("\n"));
    let refused = world.api.post_csv(&path, rows.clone()).await;
    assert_eq!(refused.header("retry-after"), Some("5"));
    refused.refused(429, "import_busy");
    world.api.post_csv(&path, "phone\n0711500000\n").await.expect(200);
    world.test_key().await.post_csv(&path, rows.clone()).await.expect(200);
    stores.books.give_back(&first).await.unwrap();
    assert_eq!(world.api.post_csv(&path, rows.clone()).await.expect(200)["added"], 1_000);
    // The slot of a finished import is free again; that of a crashed one is free after its lease.
    take().await.unwrap();
    assert!(take().await.is_err());
    world.clock().advance(Millis::from_secs(35));
    world.api.post_csv(&path, rows).await.expect(200);
}

#[tokio::test]
async fn a_refused_file_stores_nothing_and_its_error_says_how_to_correct_it() {
    let import = Import::start().await;
    let header = "phone,name,notes\n".to_owned();
    let rows = |count: usize| header.clone() + &"0712345678,Amina,\n".repeat(count);
    let workbook = b"PK\x03\x04\x14\x00\x06\x00xl/workbook.xml".to_vec();
    let html = b"<html><table><tr><td>Phone</td></tr></table>".to_vec();
    let cases: [(&str, &str, Vec<u8>, &str); 9] = [
        ("text/csv", "malformed_csv", (rows(3) + "0733123456,\"x,\n0722000111,y,\n").into_bytes(), "line 5"),
        ("text/csv", "malformed_csv", (rows(1) + "0733123456,\"x\" y,\n").into_bytes(), "line 3"),
        ("text/csv", "malformed_csv", workbook.clone(), "an Excel workbook (.xlsx)"),
        (
            "application/vnd.ms-excel",
            "malformed_csv",
            b"\xd0\xcf\x11\xe0".to_vec(),
            "an Excel workbook (.xls)",
        ),
        (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "malformed_csv",
            workbook,
            "command line",
        ),
        ("application/vnd.ms-excel", "malformed_csv", html, "an HTML page"),
        (
            "text/csv",
            "malformed_csv",
            "phone,name\n0712345678,Jos\u{fffd}\n".into(),
            "application/octet-stream",
        ),
        ("text/csv", "invalid_request", b"Name,Town\nAmina,Moshi\n".to_vec(), "its columns are: Name, Town"),
        ("text/csv", "invalid_request", b"0712345678\n0733123456\n".to_vec(), "header row"),
    ];
    for (kind, code, body, sentence) in cases {
        let answer = import.post("", kind, body).await;
        answer.refused(400, code);
        assert!(answer.text().contains(sentence), "{} without {sentence}", answer.text());
    }
    import
        .post("", "text/csv; charset=klingon", "phone\n0712345678\n")
        .await
        .refused(415, "unsupported_media_type");
    assert_eq!(import.contacts().await, 0);
}

#[tokio::test]
async fn the_query_names_columns_and_the_answer_has_the_columns_that_were_used() {
    let import = Import::start().await;
    let text = "Kontakti;Jina;Kijiji\n0712345678;Amina;Moshi\nbaadaye;Baraka;\n";
    let named = import.post("?columns=phone:kontakti,last_name:Kijiji", "text/csv", text).await.expect(200);
    let columns = json!({"phone": ["Kontakti"], "country_code": [], "first_name": [], "last_name": ["Kijiji"], "name": ["Jina"],
                         "email": [], "notes": []});
    assert_eq!((&named["columns"], &named["ignored_columns"]), (&columns, &json!([])));
    assert_eq!((&named["added"], &named["invalid"][0]["line"]), (&json!(1), &json!(3)));

    let wrong = import.post("?columns=phone:Simu&named=0&allow_no_phone=perhaps", "text/csv", text).await;
    wrong.refused(400, "invalid_request");
    assert_eq!(wrong.bad_fields(), ["allow_no_phone", "named"]);
    let unknown = import.post("?columns=phone:Simu", "text/csv", text).await;
    assert_eq!(unknown.bad_fields(), ["columns"]);
    let json = import.post("?columns=phone:Simu", "application/json", "[]").await;
    assert_eq!(json.bad_fields(), ["columns"]);

    let without =
        import.post("?allow_no_phone=true", "text/csv", "Name,Town\nAmina,Moshi\n").await.expect(200);
    assert_eq!((&without["added"], &without["ignored_columns"]), (&json!(1), &json!(["Town"])));
    let many = format!("phone\n{}", "x\n".repeat(1_200));
    let thousand = import.post("?named=1000", "text/csv", many).await.expect(200);
    assert_eq!(thousand["invalid"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(thousand["invalid_count"], 1_200);
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn bytes_that_are_not_utf_8_arrive_unchanged_with_a_binary_type() {
    let import = Import::start().await;
    for kind in ["application/octet-stream", "application/vnd.ms-excel"] {
        let body = b"phone;first_name\r\n0712345678;Jos\xe9\r\n".to_vec();
        import.post("", kind, body).await.expect(200);
        let contact = import.world.api.get(&import.path).await.expect(200);
        assert_eq!(contact["results"][0]["first_name"], "José", "{kind}");
    }
    // With a text type the same bytes lose a character on the way, with any charset.
    for kind in ["text/csv", "text/csv; charset=windows-1252", "text/plain"] {
        let answer = import.post("", kind, b"phone;first_name\r\n0733123456;Jos\xe9\r\n".to_vec()).await;
        answer.refused(400, "malformed_csv");
        assert!(answer.text().contains("application/octet-stream"), "{}", answer.text());
    }
    let utf16 =
        "\u{feff}phone\r\n0733123456\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    import.post("", "text/csv", utf16.clone()).await.refused(400, "malformed_csv");
    import.post("", "application/octet-stream", utf16).await.expect(200);
    assert_eq!(import.contacts().await, 2);
    let padded = |bytes: usize| "phone\n0712345678\n".to_owned() + &"\n".repeat(bytes - 17);
    import.post("", "application/octet-stream", padded(4_500_000)).await.expect(200);
    let answer = import.post("", "application/octet-stream", padded(4_500_001)).await;
    answer.refused(413, "body_too_large");
    assert!(answer.text().contains("4500000"), "{}", answer.text());
}
