//! Invalid requests: each gets the contract's status and body, and nothing is written.

use serde_json::json;
use tests::Untouched;

#[tokio::test]
async fn a_send_whose_body_is_not_a_json_object_is_400() {
    let test = Untouched::start().await;
    malformed_json_is_400_with_its_line_and_column(&test).await;
    json_that_is_not_an_object_is_an_error_of_the_body(&test).await;
    test.nothing_was_written().await;
}

async fn malformed_json_is_400_with_its_line_and_column(test: &Untouched) {
    test.send_raw("").await.refused(400, "malformed_json");
    let detail = test.send_raw("{\n  \"group_ids\": oops}").await.refused(400, "malformed_json");
    assert!(detail.contains("line 2 column"), "{detail}");
    test.send_raw(&b"{\"message\":\xff\xfe}"[..]).await.refused(400, "malformed_json");
    // API Gateway replaces bytes within a string that are not UTF-8 by U+FFFD.
    let lost = test.send_raw(&b"{\"group_ids\":[\"x\"],\"message\":\"Caf\xe9\"}"[..]).await;
    lost.refused(400, "invalid_request");
    assert!(lost.text().contains("U+FFFD at index 3"), "{}", lost.text());
    let lone = r#"{"group_ids":["x"],"message":"\ud83d alone"}"#;
    let detail = test.send_raw(lone).await.refused(400, "malformed_json");
    assert!(detail.contains("line 1 column"), "{detail}");
    test.send_raw("[".repeat(10_000)).await.refused(400, "malformed_json");
}

async fn json_that_is_not_an_object_is_an_error_of_the_body(test: &Untouched) {
    for body in [json!([]), json!("text"), json!(7), json!(null)] {
        let answer = test.send(body).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), ["body"]);
    }
}

#[tokio::test]
async fn a_send_with_bad_fields_is_400_and_names_them() {
    let test = Untouched::start().await;
    all_bad_fields_are_reported_at_once(&test).await;
    a_repeated_field_is_named(&test).await;
    group_ids_must_be_one_to_a_hundred_uuids(&test).await;
    a_message_must_be_sendable(&test).await;
    a_placeholder_for_a_contacts_field_is_refused_unless_it_is_meant(&test).await;
    a_sender_id_must_be_well_formed_and_the_organisations(&test).await;
    a_schedule_must_be_an_instant_within_the_next_year(&test).await;
    max_cost_must_be_a_plain_decimal(&test).await;
    null_is_refused_for_a_field_without_which_more_would_be_sent(&test).await;
    test.nothing_was_written().await;
}

async fn all_bad_fields_are_reported_at_once(test: &Untouched) {
    let answer = test.send(json!({
        "group_ids": "one", "message": 5, "sender_id": "!", "scheduled_at": "tomorrow", "dry_run": "yes",
        "max_cost": 1.5, "allow_duplicate": 1, "colour": "red",
    }));
    let answer = answer.await;
    answer.refused(400, "invalid_request");
    let mut named = answer.bad_fields();
    named.sort();
    let all = [
        "allow_duplicate",
        "colour",
        "dry_run",
        "group_ids",
        "max_cost",
        "message",
        "scheduled_at",
        "sender_id",
    ];
    assert_eq!(named, all);
}

async fn a_repeated_field_is_named(test: &Untouched) {
    let body = format!(r#"{{"group_ids":["{}"],"message":"a","message":"b"}}"#, test.book);
    let answer = test.send_raw(body).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.bad_fields(), ["message"]);
}

async fn group_ids_must_be_one_to_a_hundred_uuids(test: &Untouched) {
    let too_many: Vec<String> = (0..101).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    let bad = [json!([]), json!(null), json!(too_many), json!({"id": test.book})];
    for group_ids in bad {
        let answer = test.send(json!({"group_ids": group_ids, "message": "Hi"})).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), ["group_ids"]);
    }
    let ninety_nine: Vec<String> = too_many[..99].to_vec();
    let mut repeated = [&ninety_nine[..], &ninety_nine[..]].concat();
    repeated.push(test.book.clone());
    let body = json!({"group_ids": repeated, "message": "Hi", "dry_run": true});
    let answer = test.send(body).await.expect(200);
    assert_eq!(answer["unknown_group_ids"].as_array().unwrap().len(), 99, "a repeated id counts once");
    let ids = json!(["premium", test.book, 7, "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f", null]);
    let answer = test.send(json!({"group_ids": ids, "message": "Hi"})).await;
    answer.refused(400, "invalid_request");
    assert_eq!(answer.bad_fields(), ["group_ids[0]", "group_ids[2]", "group_ids[3]", "group_ids[4]"]);
    let missing = test.send(json!({"message": "Hi"})).await;
    missing.refused(400, "invalid_request");
    assert_eq!(missing.bad_fields(), ["group_ids"]);
}

async fn a_message_must_be_sendable(test: &Untouched) {
    let too_long = "x".repeat(10 * 153 + 1);
    for message in [
        "",
        "  \n ",
        "\u{200b}\u{feff} ",
        "\u{3164}\u{2800}\u{e0020}\u{fe0f}\u{ad}\u{202e}",
        "bell \u{7}",
        "nul \u{0}",
        "del \u{7f}",
        "Caf\u{fffd} at 5",
        "c1 \u{85}",
        "\ttab",
        &too_long,
    ] {
        let answer = test.send(json!({"group_ids": [test.book], "message": message})).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), ["message"], "{message:?}");
    }
}

async fn a_placeholder_for_a_contacts_field_is_refused_unless_it_is_meant(test: &Untouched) {
    let body = |message: &str, allow| json!({"group_ids": [test.book], "message": message, "dry_run": true, "allow_placeholders": allow});
    for allow in [json!(null), json!(false)] {
        let answer = test.send(body("Dear {first_name}, call #PHONE#", allow)).await;
        let detail = answer.refused(400, "placeholder_in_message");
        assert_eq!(answer.bad_fields(), ["message"]);
        assert!(detail.contains("{first_name} and #PHONE#"), "{detail}");
    }
    test.send(body("Dear {first_name}, call #PHONE#", json!(true))).await.expect(200);
    test.send(body("{sale} 50% off, [terms] <apply>, dial *144#", json!(null))).await.expect(200);
}

async fn a_sender_id_must_be_well_formed_and_the_organisations(test: &Untouched) {
    for sender in ["", "TWELVECHARSX", "254712", "NAÏVE", "A+B", "SOMEONEELSE"] {
        let answer = test.send(json!({"group_ids": [test.book], "message": "Hi", "sender_id": sender})).await;
        let detail = answer.refused(400, "sender_not_allowed");
        assert_eq!(answer.bad_fields(), ["sender_id"], "{sender}");
        assert_eq!(detail.matches("sender_id").count(), 1, "{detail}");
    }
}

async fn a_schedule_must_be_an_instant_within_the_next_year(test: &Untouched) {
    let cases = [
        ("2020-01-01T00:00:00Z", "scheduled_at_in_past"),
        ("2030-01-01T00:00:00", "scheduled_at_invalid"),
        ("2030-13-01T00:00:00Z", "scheduled_at_invalid"),
        ("next tuesday", "scheduled_at_invalid"),
        ("2999-01-01T00:00:00Z", "scheduled_at_too_far"),
    ];
    for (scheduled_at, code) in cases {
        let answer =
            test.send(json!({"group_ids": [test.book], "message": "Hi", "scheduled_at": scheduled_at})).await;
        answer.refused(400, code);
        assert_eq!(answer.bad_fields(), ["scheduled_at"], "{scheduled_at}");
    }
}

async fn max_cost_must_be_a_plain_decimal(test: &Untouched) {
    for max_cost in [json!("1,000"), json!("-1"), json!("1e3"), json!("0.00001"), json!(10), json!("NaN")] {
        let answer =
            test.send(json!({"group_ids": [test.book], "message": "Hi", "max_cost": max_cost})).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), ["max_cost"], "{max_cost}");
    }
}

async fn null_is_refused_for_a_field_without_which_more_would_be_sent(test: &Untouched) {
    for field in ["dry_run", "scheduled_at", "max_cost"] {
        let mut body = json!({"group_ids": [test.book], "message": "Hi", "sender_id": null});
        body[field] = json!(null);
        let answer = test.send(body).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), [field]);
    }
}

#[tokio::test]
async fn page_numbers_must_be_possible() {
    let test = Untouched::start().await;
    for (query, field) in [
        ("page=0", "page"),
        ("page=-3", "page"),
        ("page=x", "page"),
        ("page=99999999999999999999", "page"),
        ("page_size=0", "page_size"),
        ("page_size=501", "page_size"),
        ("page=1&page=2", "page"),
    ] {
        for path in ["/v1/address-books/", "/v1/sms/campaigns/", "/v1/wallet/entries/", "/v1/opt-outs/"] {
            let answer = test.world.api.get(&format!("{path}?{query}")).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.bad_fields(), [field], "{path}?{query}");
        }
    }
    let far = test.world.api.get("/v1/address-books/?page=4000000000").await.expect(200);
    assert_eq!(far["results"], json!([]));
    test.nothing_was_written().await;
}

#[tokio::test]
async fn an_unknown_campaign_number_is_404_and_an_invalid_one_is_400() {
    let test = Untouched::start().await;
    for path in [
        "/v1/sms/campaigns/9/",
        "/v1/sms/campaigns/0/",
        "/v1/sms/campaigns/x/",
        "/v1/sms/campaigns/9/messages/",
    ] {
        test.world.api.get(path).await.refused(404, "campaign_not_found");
    }
    let status = "/v1/sms/campaigns/status/";
    test.world.api.post(status, &json!({"campaign_id": 9})).await.refused(404, "campaign_not_found");
    test.world.api.post(status, &json!({"campaign_id": "9"})).await.refused(404, "campaign_not_found");
    for whole in ["9.0", "9e0", "\"9\"", "\u{feff}9"] {
        let body = match whole.strip_prefix('\u{feff}') {
            Some(number) => format!("\u{feff}{{\"campaign_id\":{number}}}"),
            None => format!("{{\"campaign_id\":{whole}}}"),
        };
        let answer = test.call("POST", status, "application/json", body).await;
        answer.refused(404, "campaign_not_found");
    }
    for bad in
        [json!({}), json!({"campaign_id": -1}), json!({"campaign_id": "x"}), json!({"campaign_id": 1.5})]
    {
        let answer = test.world.api.post(status, &bad).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), ["campaign_id"]);
    }
    test.nothing_was_written().await;
}
