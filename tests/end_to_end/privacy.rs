//! No number, text or key in a queue's message, an error or a line of the log. (The lines of functions that are processes
//! are read in `functions/local/tests/system`.)

use serde_json::json;
use tests::{World, leaks, phones};

#[tokio::test]
async fn no_number_and_no_text_is_ever_in_a_queue() {
    let world = World::start().await;
    let numbers = phones(0..30);
    let book = world.book("Book", &numbers).await;
    let body = json!({"group_ids": [book], "message": "CANARY-TEXT for you"});
    world.api.post("/v1/sms/send-group/", &body).await.expect(202);
    let mut bodies = world.queued_bodies().await;
    assert!(!bodies.is_empty());
    world.drain().await;
    world.report_without_applying().await;
    bodies.extend(world.queued_bodies().await);
    assert!(bodies.len() > 30, "reports are queued too: {}", bodies.len());
    for queued in &bodies {
        assert!(!queued.contains("CANARY-TEXT"), "{queued}");
        for number in &numbers {
            assert!(!queued.contains(number.trim_start_matches('+')), "{queued}");
        }
    }
}

#[tokio::test]
async fn every_log_line_of_a_world_is_searched_for_personal_data() {
    let world = World::start().await;
    let before = leaks::lines_seen();
    world.enqueue_unreadable("not a task").await;
    world.stack.poll_batches().await.unwrap();
    assert!(leaks::lines_seen() > before);
}

#[tokio::test]
async fn no_error_repeats_a_number_a_text_or_a_key() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    let long = format!("CANARY {}", "é".repeat(1_000)).replace('é', "ĩ");
    let answers = [
        world.api.post("/v1/sms/send-group/", &json!({"group_ids": [book], "message": long})).await,
        world
            .api
            .post("/v1/sms/send-group/", &json!({"group_ids": ["+254712345678"], "message": "Hi"}))
            .await,
        world.api.with_key("tk_live_CANARYCANARYCANARYCANARYCANARYCA").get("/v1/").await,
        world
            .api
            .call(
                http::Method::POST,
                "/v1/sms/send-group/",
                &[("content-type", "application/json")],
                "{\"message\": CANARY}",
            )
            .await,
    ];
    for answer in answers {
        assert!(answer.status.is_client_error());
        let text = answer.text();
        assert!(!text.contains("CANARY") && !text.contains("254712345678"), "{text}");
    }
}
