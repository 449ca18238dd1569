//! Files: reopened, killed, shared, foreign.

use std::collections::BTreeSet;
use std::process::Stdio;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use sqs_emulator::{Depth, EmbeddedSqs, Error};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use crate::support::{Folder, client_of, key, receive, send, serve};

/// Names the file to the child process of the kill test.
const CHILD_FILE: &str = "EMBEDDED_SQS_CHILD_FILE";
const NAME: &str = "kept";

async fn made(client: &Client) -> String {
    let request =
        client.create_queue().queue_name(NAME).attributes(QueueAttributeName::VisibilityTimeout, "600");
    request.send().await.unwrap().queue_url.unwrap()
}

#[tokio::test]
async fn queues_and_messages_are_there_after_a_restart() {
    let folder = Folder::new();
    let file = folder.join("queues.sqlite");
    let sqs = EmbeddedSqs::open(&file).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_of(&format!("http://{}", listener.local_addr().unwrap()));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(sqs.serve(listener, key(), async { stopped.await.unwrap() }));
    let url = made(&client).await;
    send(&client, &url, "in flight").await;
    assert_eq!(receive(&client, &url, 0).await.len(), 1);
    send(&client, &url, "visible").await;
    client.send_message().queue_url(&url).message_body("delayed").delay_seconds(600).send().await.unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();

    let reopened = EmbeddedSqs::open(&file).unwrap();
    assert_eq!(reopened.queue_depth(NAME).unwrap(), Depth { visible: 1, in_flight: 1, delayed: 1 });
    let client = client_of(&serve(&reopened).await);
    let messages = receive(&client, &made(&client).await, 0).await;
    assert_eq!(messages[0].body(), Some("visible"));
}

#[tokio::test]
async fn every_acknowledged_message_survives_a_killed_process() {
    let folder = Folder::new();
    let file = folder.join("queues.sqlite");
    let (mut child, client) = serving_child(&file).await;
    let url = made(&client).await;
    let mut acknowledged = BTreeSet::new();
    for nth in 0..100 {
        let sent = client.send_message().queue_url(&url).message_body(nth.to_string()).send().await.unwrap();
        acknowledged.insert(sent.message_id.unwrap());
    }
    child.kill().await.unwrap();

    let reopened = EmbeddedSqs::open(&file).unwrap();
    let client = client_of(&serve(&reopened).await);
    let mut found = BTreeSet::new();
    while found.len() < acknowledged.len() {
        let messages = receive(&client, &url, 0).await;
        assert!(!messages.is_empty(), "{} of {} messages", found.len(), acknowledged.len());
        found.extend(messages.into_iter().filter_map(|message| message.message_id));
    }
    assert_eq!(found, acknowledged);
}

/// Starts this test binary again, as a server on `file`.
async fn serving_child(file: &std::path::Path) -> (Child, Client) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "own::persistence::child_serves_until_it_is_killed", "--ignored", "--nocapture"])
        .env(CHILD_FILE, file)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, url)) = line.split_once("serving ") {
            return (child, client_of(url));
        }
    }
    panic!("the child ended without serving");
}

#[tokio::test]
#[ignore = "not a test: the process that is killed"]
async fn child_serves_until_it_is_killed() {
    let Some(file) = std::env::var_os(CHILD_FILE) else { return };
    let sqs = EmbeddedSqs::open(file.as_ref()).unwrap();
    println!("serving {}", serve(&sqs).await);
    std::future::pending().await
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let folder = Folder::new();
    let _first = EmbeddedSqs::open(&folder.join("queues.sqlite")).unwrap();
    let second = EmbeddedSqs::open(&folder.join("queues.sqlite"));
    assert!(matches!(second, Err(Error::InUse)), "{second:?}");
}

#[tokio::test]
async fn a_file_of_another_layout_is_refused() {
    let folder = Folder::new();
    let file = folder.join("queues.sqlite");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let opened = EmbeddedSqs::open(&file);
    assert!(matches!(opened, Err(Error::Layout { found: 99, expected: 1 })), "{opened:?}");
}
