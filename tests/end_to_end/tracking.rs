//! Following a campaign: its status, its messages in pages and as CSV, and the list of campaigns.

use std::collections::BTreeSet;

use domain::{delivery::DeliveryStatus, scope::Scope, timestamp::Millis};
use http::Method;
use serde_json::{Value, json};
use tests::{World, client::Client, every, phones};

#[tokio::test]
async fn status_is_the_same_by_body_by_path_and_by_numeric_string() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let by_path = world.api.get("/v1/sms/campaigns/1/").await.expect(200);
    for id in [json!(1), json!("1")] {
        let by_body =
            world.api.post("/v1/sms/campaigns/status/", &json!({"campaign_id": id})).await.expect(200);
        assert_eq!(by_body, by_path);
    }
    assert_eq!(by_path["status"], "queued");
    assert_eq!(by_path["queued_count"], 3);
    assert_eq!(by_path["group_names"], json!(["Book"]));
    assert!(by_path["started_at"].is_null() && by_path["finished_at"].is_null());
    world.drain().await;
    let done = world.status(1).await;
    assert_eq!(done["status"], "completed");
    assert!(done["started_at"].is_string() && done["finished_at"].is_string());
}

#[tokio::test]
async fn counts_add_up_for_every_outcome_of_the_recipients() {
    let world = World::start().await;
    let numbers = [phones(0..3), world.magic(&["000001", "000005", "000035"])].concat();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    let status = world.status(1).await;
    let count = |name: &str| status[name].as_i64().unwrap();
    assert_eq!((count("sent_count"), count("failed_count"), count("unconfirmed_count")), (3, 2, 1));
    let sum =
        ["sent_count", "failed_count", "unconfirmed_count", "cancelled_count", "queued_count"].map(count);
    assert_eq!(sum.iter().sum::<i64>(), 6);
    assert_eq!(status["delivery_rate"], 50.0);
    assert_eq!((&status["charged"], &status["refunded"]), (&json!("KES 3.00"), &json!("KES 2.00")));
}

#[tokio::test]
async fn the_pages_of_messages_together_are_the_campaign() {
    let world = World::start_with_batches_of(10).await;
    let numbers = phones(0..13);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    // The fourth page has messages of both batches.
    let (mut seen, mut path) = (Vec::new(), "/v1/sms/campaigns/1/messages/?page_size=3".to_owned());
    loop {
        let page = world.api.get(&path).await.expect(200);
        assert_eq!((&page["total"], &page["total_pages"]), (&json!(13), &json!(5)));
        seen.extend(page["results"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => path = next.strip_prefix(world.stack.base_url()).unwrap().to_owned(),
            None => break,
        }
    }
    let mobiles: BTreeSet<String> =
        seen.iter().map(|row| format!("+{}", row["mobile"].as_str().unwrap())).collect();
    assert_eq!(mobiles, numbers.into_iter().collect());
    let ids: BTreeSet<&str> = seen.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 13);
    let row = &seen[0];
    assert_eq!(
        (&row["status"], &row["parts"], &row["cost"]),
        (&json!("sent"), &json!(1), &json!("KES 1.00"))
    );
    assert!(row["provider_message_id"].is_string() && row["error_code"].is_null());
}

#[tokio::test]
async fn messages_can_be_filtered_by_status() {
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &[phones(0..15), world.magic(&["000001", "000003"])].concat()).await;
    world.send(&[&book]).await;
    let queued = world.api.get("/v1/sms/campaigns/1/messages/?status=queued&page_size=1").await.expect(200);
    assert_eq!(queued["total"], 17);
    world.drain().await;
    let body = json!({"campaign_id": 1, "status": "failed"});
    let failed = world.api.post("/v1/sms/campaigns/messages/", &body).await.expect(200);
    assert_eq!(failed["total"], 2);
    let codes: BTreeSet<&str> =
        failed["results"].as_array().unwrap().iter().map(|row| row["error_code"].as_str().unwrap()).collect();
    assert_eq!(codes, BTreeSet::from(["invalid_number", "unsupported_destination"]));
    assert!(failed["results"].as_array().unwrap().iter().all(|row| row["cost"] == "KES 0.00"));
    let sent =
        world.api.get("/v1/sms/campaigns/1/messages/?status=sent&page=4&page_size=4").await.expect(200);
    assert_eq!((&sent["total"], sent["results"].as_array().unwrap().len()), (&json!(15), 3));
    world.api.get("/v1/sms/campaigns/1/messages/?status=lost").await.refused(400, "invalid_request");
}

/// The rows of a page of a campaign's messages, and how many rows there are on all pages.
async fn page(world: &World, query: &str) -> (Vec<Value>, u64) {
    let answer = world.api.get(&format!("/v1/sms/campaigns/1/messages/?{query}")).await.expect(200);
    (answer["results"].as_array().unwrap().clone(), answer["total"].as_u64().unwrap())
}

/// Compares pages of every status with the list of all. A status without messages has an empty first page.
async fn hold_pages_of_every_status(world: &World, recipients: usize) {
    let mut all = Vec::new();
    for number in 1..=3 {
        all.extend(page(world, &format!("page_size={}&page={number}", recipients.div_ceil(3))).await.0);
    }
    assert_eq!(all.len(), recipients);
    for status in DeliveryStatus::ALL {
        let wanted: Vec<&Value> = all.iter().filter(|row| row["status"] == status.as_str()).collect();
        let third = recipients.div_ceil(3);
        let pages = if wanted.is_empty() { &[(third, 1)][..] } else { &[(third, 1), (third - 1, 3), (1, 2)] };
        for &(page_size, number) in pages {
            let query = format!("status={status}&page_size={page_size}&page={number}");
            let (rows, total) = page(world, &query).await;
            let expected: Vec<&Value> =
                wanted.iter().copied().skip(page_size * (number - 1)).take(page_size).collect();
            assert_eq!((rows.iter().collect(), total), (expected, wanted.len() as u64), "{query}");
        }
    }
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn pages_of_one_status_are_parts_of_the_list_at_any_time() {
    let world = World::start_with_batches_of(10).await;
    let magic = world.magic(&["000001", "000003", "000035", "000042", "000044", "000046"]);
    let book = world.book("Book", &[phones(0..12), magic].concat()).await;
    world.send(&[&book]).await;
    hold_pages_of_every_status(&world, 18).await;
    world.drain().await;
    hold_pages_of_every_status(&world, 18).await;
    world.deliver_reports().await;
    hold_pages_of_every_status(&world, 18).await;
    assert!(!world.everything_stored().await.contains("COUNTS"), "its heads are one read");
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn pages_of_one_status_and_the_timeline_of_a_large_campaign_agree_with_its_whole_list_and_its_counts() {
    let world = World::start_in_ones().await;
    // Numbers of every outcome, so that some of each are among the few batches that are handed over.
    let magic = ["000001", "000003", "000042", "000044", "000046"]
        .map(|suffix| (710..722).map(move |prefix| format!("+254{prefix}{suffix}")));
    let numbers = magic.into_iter().flatten().chain(phones(0..44)).collect::<Vec<_>>();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.poll_batches().await.unwrap();
    assert_eq!(page(&world, "status=queued").await.1, 94);
    world.clock().advance(Millis::from_secs(30));
    world.stack.poll_batches().await.unwrap();
    world.api.post("/v1/sms/campaigns/1/pause/", &json!({})).await.expect(200);
    hold_pages_of_every_status(&world, 104).await;
    // The other batches take most of the time.
    if every("points") {
        world.api.post("/v1/sms/campaigns/1/cancel/", &json!({})).await.expect(200);
        world.drain().await;
        hold_pages_of_every_status(&world, 104).await;
    }
    let timeline = timeline_that_leads_to_the_status(&world).await;
    assert_eq!(timeline["resolution"], "batch");
    let points = timeline["results"].as_array().unwrap();
    let rising = |name: &str| points.iter().map(|point| point[name].as_i64().unwrap()).is_sorted();
    assert!(points.len() > 1 && FINAL_COUNTS.iter().all(|name| rising(name)), "{timeline}");
    assert!(points.iter().map(|point| point["at"].as_str().unwrap()).is_sorted());
    world.deliver_reports().await;
    hold_pages_of_every_status(&world, 104).await;
}

#[tokio::test]
async fn messages_as_csv_have_the_same_rows() {
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &phones(0..12)).await;
    world.send(&[&book]).await;
    world.drain().await;
    let csv = [("accept", "text/csv")];
    let answer = world.api.call(Method::GET, "/v1/sms/campaigns/1/messages/", &csv, "").await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!((answer.header("link"), answer.header("x-total-count")), (None, Some("12")));
    assert_eq!(answer.header("x-total-pages"), Some("1"));
    let mut rows = csv::Reader::from_reader(&answer.body[..]);
    assert_eq!(rows.headers().unwrap().iter().next(), Some("id"));
    let mobiles: BTreeSet<String> = rows.records().map(|row| row.unwrap()[1].to_owned()).collect();
    assert_eq!(mobiles.len(), 12);
    let part = world.api.call(Method::GET, "/v1/sms/campaigns/1/messages/?page_size=10", &csv, "").await;
    assert!(part.header("link").unwrap().contains("cursor="));
    assert_eq!((part.header("x-total-count"), part.header("x-total-pages")), (Some("12"), Some("2")));
}

#[tokio::test]
async fn campaigns_are_listed_newest_first_and_by_status() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    for _ in 0..3 {
        world.send(&[&book]).await;
    }
    world.drain().await;
    world.send(&[&book]).await;
    let numbers = |list: &Value| -> Vec<i64> {
        list["results"].as_array().unwrap().iter().map(|line| line["campaign_id"].as_i64().unwrap()).collect()
    };
    let all = world.api.get("/v1/sms/campaigns/").await.expect(200);
    assert_eq!(numbers(&all), [4, 3, 2, 1]);
    let done = world.api.get("/v1/sms/campaigns/?status=completed&page_size=2").await.expect(200);
    assert_eq!((numbers(&done), &done["total"]), (vec![3, 2], &json!(3)));
}

/// The numbers of the campaigns that a query finds.
async fn found(world: &World, query: &str) -> Vec<u64> {
    let list = world.api.get(&format!("/v1/sms/campaigns/?{query}")).await.expect(200);
    let results = list["results"].as_array().unwrap().iter();
    results.map(|campaign| campaign["campaign_id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn campaigns_are_found_by_number_words_and_day() {
    let world = World::start().await;
    let [members, staff] = ["Members", "Ÿ Staff"].map(|name| world.book(name, &[]));
    let (members, staff) = (members.await, staff.await);
    for (book, phones) in [(&members, phones(0..2)), (&staff, phones(5..6))] {
        world.add_contacts(book, &phones).await;
    }
    let send = async |book: &str, message: &str| {
        let body = json!({"group_ids": [book], "message": message});
        world.api.post("/v1/sms/send-group/", &body).await.expect(202)
    };
    send(&members, "Rent is due").await;
    send(&staff, "Meeting at 2").await;
    world.clock().advance(Millis::from_hours(24));
    send(&members, "RENT received").await;
    for (query, expected) in [
        ("q=rent", vec![3, 1]),
        ("q=RENT+IS", vec![1]),
        ("q=%C3%BF%20staff", vec![2]),
        ("q=2", vec![2]),
        ("q=%233", vec![3]),
        ("q=nothing", vec![]),
        ("q=rent&status=scheduled", vec![]),
        ("from=2026-11-24", vec![3]),
        ("to=2026-11-23", vec![2, 1]),
        ("from=2026-11-23&to=2026-11-24", vec![3, 2, 1]),
        ("q=rent&to=2026-11-24T00:00:00+03:00", vec![1]),
    ] {
        assert_eq!(found(&world, query).await, expected, "{query}");
    }
    let test = world.test_key().await.get("/v1/sms/campaigns/?q=rent").await.expect(200);
    assert_eq!(test["total"], 0);
    for (query, field) in [("q=", "q"), ("from=soon", "from"), ("from=2026-11-24&to=2026-11-23", "to")] {
        let refused = world.api.get(&format!("/v1/sms/campaigns/?{query}")).await;
        assert_eq!(refused.bad_fields(), [field], "{query}");
    }
    let first = world.api.get("/v1/sms/campaigns/?q=rent&page_size=1").await.expect(200);
    let next = first["next"].as_str().unwrap().strip_prefix(world.stack.base_url()).unwrap().to_owned();
    let second = world.api.get(&next).await.expect(200);
    assert_eq!((&second["total"], &second["results"][0]["campaign_id"]), (&json!(2), &json!(1)));
    let cursor = next.split("cursor=").nth(1).unwrap();
    let of_another = world.api.get(&format!("/v1/sms/campaigns/?q=meeting&cursor={cursor}")).await;
    assert_eq!(of_another.bad_fields(), ["cursor"]);
}

#[tokio::test]
async fn a_status_has_the_request_and_the_key_that_made_it() {
    let world = World::start().await;
    let book = world.book("Book", &[phones(0..2), vec!["+254711000000".to_owned()]].concat()).await;
    let (sender, id) = world.issue_key([Scope::Send, Scope::Read].into()).await;
    let name = sender.get("/v1/account/").await.expect(200)["key"]["name"].clone();
    let body = json!({"group_ids": [book], "message": "Habari ☀"});
    let accepted = sender.post("/v1/sms/send-group/", &body).await.expect(202);
    let status = world.status(1).await;
    for field in ["message_parts", "encoding", "skipped", "group_names"] {
        assert_eq!(status[field], accepted[field], "{field}");
    }
    assert_eq!(status["group_ids"], json!([book]));
    assert_eq!(status["created_by"], json!({"key_id": id, "name": name}));
    assert_eq!(status["valid_until"], "2026-11-24T11:00:05+03:00");
    let list = world.api.get("/v1/sms/campaigns/").await.expect(200);
    assert_eq!(list["results"], json!([status]));
}

/// The total of a campaign's messages to a number, and the number of the first.
async fn to_number(api: &Client, campaign: u64, query: &str) -> (u64, Option<String>) {
    let path = format!("/v1/sms/campaigns/{campaign}/messages/?{query}");
    let page = api.get(&path).await.expect(200);
    let mobile = page["results"][0]["mobile"].as_str().map(str::to_owned);
    (page["total"].as_u64().unwrap(), mobile)
}

#[tokio::test]
async fn a_recipient_is_found_in_a_campaign_by_a_number_in_any_form() {
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &[phones(0..12), world.magic(&["000001"])].concat()).await;
    world.send(&[&book]).await;
    let test = world.test_key().await;
    test.post("/v1/sms/send-group/", &json!({"group_ids": [book], "message": "Hi"})).await.expect(202);
    world.drain().await;
    let found = (1, Some("254711500011".to_owned()));
    for (api, campaign) in [(&world.api, 1), (&test, 2)] {
        for form in ["0711500011", "+254711500011", "%2B254711500011", "254711500011", "0711%20500%20011"] {
            assert_eq!(to_number(api, campaign, &format!("mobile={form}")).await, found, "{form}");
        }
        assert_eq!(to_number(api, campaign, "mobile=0711500011&status=sent").await, found);
        for query in ["mobile=0711500999", "mobile=0711500011&status=failed", "mobile=0711500011&page=2"] {
            assert_eq!(to_number(api, campaign, query).await.1, None, "{query}");
        }
    }
    let body = json!({"campaign_id": 1, "mobile": "0722 000 001"});
    let failed = world.api.post("/v1/sms/campaigns/messages/", &body).await.expect(200);
    assert_eq!(
        (&failed["total"], &failed["results"][0]["error_code"]),
        (&json!(1), &json!("invalid_number"))
    );
    let csv = world.api.get_csv("/v1/sms/campaigns/1/messages/?mobile=0711500011").await;
    assert!(
        csv.text().contains("+254711500011") && csv.header("x-total-count") == Some("1"),
        "{}",
        csv.text()
    );
    let refused = world.api.get("/v1/sms/campaigns/1/messages/?mobile=somebody").await;
    assert_eq!(refused.bad_fields(), ["mobile"]);
}

#[tokio::test]
async fn a_message_has_its_history() {
    let world = World::start().await;
    let numbers = [phones(0..1), world.magic(&["000001", "000044"])].concat();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    let history = async |number: &str| {
        let row = world.message_of(1, number.trim_start_matches('+')).await;
        let message = world.api.get(&format!("/v1/sms/messages/{}/", row["id"].as_str().unwrap())).await;
        let message = message.expect(200);
        for (field, value) in row.as_object().unwrap() {
            assert_eq!(message[field], *value, "{field}");
        }
        message
    };
    let queued = history(&numbers[0]).await;
    assert_eq!((&queued["campaign_id"], &queued["test"]), (&json!(1), &json!(false)));
    assert_eq!(queued["message"], "Hello! Your invoice is ready.");
    assert!(queued["handed_over_at"].is_null() && queued["answered_at"].is_null());
    world.clock().advance(Millis::from_secs(5));
    world.drain().await;
    world.clock().advance(Millis::from_secs(7));
    world.deliver_reports().await;
    let delivered = history(&numbers[2]).await;
    let times = ["accepted_at", "handed_over_at", "answered_at", "reported_at"];
    let times = times.map(|name| delivered[name].as_str().unwrap().to_owned());
    assert!(times.is_sorted() && times[0] < times[1] && times[2] < times[3], "{times:?}");
    let failed = history(&numbers[1]).await;
    assert!(failed["answered_at"].is_string() && failed["reported_at"].is_null());
    for unknown in ["3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f", "x", &world.message_id(2)] {
        let answer = world.api.get(&format!("/v1/sms/messages/{unknown}/")).await;
        answer.refused(404, "message_not_found");
    }
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn reasons_are_counted_in_words_at_any_time() {
    let world = World::start_with_batches_of(10).await;
    let magic = ["000001", "000001", "000003", "000035", "000042", "000044", "000046"];
    let magic: Vec<String> = (0..magic.len()).map(|n| format!("+2547{n}0{}", magic[n])).collect();
    let book = world.book("Book", &[phones(0..5), magic].concat()).await;
    world.send(&[&book]).await;
    world.agree(1).await;
    world.drain().await;
    world.agree(1).await;
    let reasons = world.api.get("/v1/sms/campaigns/1/reasons/").await.expect(200);
    let lines = reasons["results"].as_array().unwrap();
    let unconfirmed = lines.iter().find(|line| line["status"] == "unconfirmed").unwrap();
    assert_eq!((&unconfirmed["code"], &unconfirmed["count"]), (&json!(null), &json!(1)));
    world.deliver_reports().await;
    world.agree(1).await;
    let reasons = world.api.get("/v1/sms/campaigns/1/reasons/").await.expect(200);
    assert_eq!((&reasons["campaign_id"], &reasons["complete"]), (&json!(1), &json!(true)));
    let first = &reasons["results"][0];
    assert_eq!(
        (&first["status"], &first["code"], &first["count"]),
        (&json!("failed"), &json!("invalid_number"), &json!(2))
    );
    assert_eq!(first["error"], "The provider does not know this number.");
    let status = world.status(1).await;
    for (name, field) in [("failed", "failed_count"), ("undelivered", "undelivered_count")] {
        let lines = reasons["results"].as_array().unwrap().iter().filter(|line| line["status"] == name);
        let sum: u64 = lines.map(|line| line["count"].as_u64().unwrap()).sum();
        assert!(sum > 0 && status[field] == sum, "{name}: {reasons}");
    }
    world.send(&[&book]).await;
    world.api.post("/v1/sms/campaigns/2/cancel/", &json!({})).await.expect(200);
    world.drain().await;
    world.agree(2).await;
}

const TIMELINE: &str = "/v1/sms/campaigns/1/timeline/";
/// The counts of the recipients that are not queued.
const FINAL_COUNTS: [&str; 4] = ["sent_count", "failed_count", "unconfirmed_count", "cancelled_count"];

/// The timeline of the first campaign, whose last point has the counts of the status.
async fn timeline_that_leads_to_the_status(world: &World) -> Value {
    let timeline = world.api.get(TIMELINE).await.expect(200);
    let (status, last) = (world.status(1).await, timeline["results"].as_array().unwrap().last().unwrap());
    assert_eq!(FINAL_COUNTS.map(|name| &last[name]), FINAL_COUNTS.map(|name| &status[name]));
    timeline
}

#[tokio::test]
async fn a_timeline_leads_to_the_counts_of_the_status() {
    let world = World::start_with_batches_of(10).await;
    let magic = world.magic(&["000001", "000035", "000042"]);
    let book = world.book("Book", &[phones(0..12), magic].concat()).await;
    world.send(&[&book]).await;
    assert_eq!(world.api.get(TIMELINE).await.expect(200)["results"], json!([]));
    world.drain().await;
    assert_eq!(timeline_that_leads_to_the_status(&world).await["resolution"], "second");
}

#[tokio::test]
async fn messages_to_a_number_are_found_over_all_campaigns() {
    let world = World::start_with_batches_of(10).await;
    let [everybody, others] =
        [("Everybody", 0..12), ("Others", 300..302)].map(|(name, of)| (name, phones(of)));
    let everybody = world.book(everybody.0, &everybody.1).await;
    let others = world.book(others.0, &others.1).await;
    for book in [&everybody, &others, &everybody] {
        world.send(&[book]).await;
    }
    let test = world.test_key().await;
    test.post("/v1/sms/send-group/", &json!({"group_ids": [everybody], "message": "Try"})).await.expect(202);
    world.drain().await;
    let sent = async |api: &Client, mobile: &str| {
        let found = api.get(&format!("/v1/sms/messages/?mobile={mobile}")).await.expect(200);
        assert_eq!(found["searched_from"], json!(null));
        let rows = found["results"].as_array().unwrap().iter();
        rows.map(|row| (row["campaign_id"].as_u64().unwrap(), row["mobile"].clone())).collect::<Vec<_>>()
    };
    let number = json!("254711500011");
    assert_eq!(sent(&world.api, "0711500011").await, [(3, number.clone()), (1, number.clone())]);
    assert_eq!(sent(&test, "%2B254711500011").await, [(4, number)]);
    assert_eq!(sent(&world.api, "0711500299").await, []);
    assert_eq!(sent(&world.other_organisation().await.api, "0711500011").await, []);
    for query in ["", "mobile=x"] {
        assert_eq!(world.api.get(&format!("/v1/sms/messages/?{query}")).await.bad_fields(), ["mobile"]);
    }
}
