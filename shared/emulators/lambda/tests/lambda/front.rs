//! The HTTP front over a real socket.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, routing::get};
use bytes::Bytes;
use http::{Request, Response};
use lambda_emulator::{
    Function, InProcess, Invoke, InvokeError,
    front::{Front, Routes},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot};
use tokio_util::sync::CancellationToken;

use super::{
    child::{AMPLE, config},
    http_client::send,
};

async fn serve(front: Front) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(front.serve(listener, std::future::pending()));
    address
}

/// A front whose every path goes to one function.
async fn serve_function(function: impl Invoke + 'static) -> SocketAddr {
    serve(Front::new(Routes::new().route("/", Arc::new(function)))).await
}

fn answering(status: u16) -> impl Invoke {
    InProcess::new(
        move |_| async move { Ok(json!({ "statusCode": status, "body": "done" }).to_string().into()) },
    )
}

fn get_request(path: &str) -> Request<Bytes> {
    Request::get(path).body(Bytes::new()).unwrap()
}

fn post_json(bytes: usize) -> Request<Bytes> {
    Request::post("/").header("content-type", "application/json").body(vec![b'0'; bytes].into()).unwrap()
}

fn assert_error(response: &Response<Bytes>, status: u16, code: &str) {
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!((response.status().as_u16(), body["code"].as_str().unwrap()), (status, code));
    assert!(body["detail"].as_str().unwrap().ends_with('.'));
    assert_eq!(body["request_id"], response.headers()["apigw-requestid"].to_str().unwrap());
}

#[tokio::test]
async fn a_request_goes_through_lambda_http_in_a_child_and_back() {
    let address = serve_function(Function::new(config("web", AMPLE, 1))).await;
    let request = Request::post("/v1/caf%C3%A9/?page=2&q=a%20b").header("cookie", "a=1; b=2");
    let request =
        request.header("content-type", "application/x-www-form-urlencoded").body("x=1&y=2").unwrap();
    let response = send(address, request).await;
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["set-cookie"], "seen=1");
    let told: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(
        told,
        json!({
            "method": "POST",
            "uri": format!("http://{address}/v1/caf%C3%A9/?page=2&q=a%20b"),
            "body": "x=1&y=2",
            "cookie": "a=1; b=2",
        })
    );
}

#[tokio::test]
async fn each_path_goes_to_its_function_and_pages_win() {
    let routes =
        Routes::new().route("/v1", Arc::new(answering(200))).route("/v1/books", Arc::new(answering(201)));
    let pages = Router::new().route("/v1/books/inbox", get(|| async { "a page" }));
    let address = serve(Front::new(routes).with_pages(pages)).await;
    assert_eq!(send(address, get_request("/v1/")).await.status(), 200);
    assert_eq!(send(address, get_request("/v1/books/7/")).await.status(), 201);
    assert_eq!(send(address, get_request("/v1/books/inbox")).await.body(), "a page");
    assert_error(&send(address, get_request("/elsewhere")).await, 404, "unknown_path");
}

#[tokio::test]
async fn the_function_and_the_caller_see_the_same_request_id() {
    let seen = Arc::new(Mutex::new(None));
    let noted = seen.clone();
    let function = InProcess::new(move |event: Bytes| {
        let event: Value = serde_json::from_slice(&event).unwrap();
        *noted.lock().unwrap() = event["requestContext"]["requestId"].as_str().map(String::from);
        async { Ok(Bytes::from(r#"{"statusCode":204}"#)) }
    });
    let response = send(serve_function(function).await, get_request("/")).await;
    let seen = seen.lock().unwrap().clone().unwrap();
    assert_eq!(response.headers()["apigw-requestid"].to_str().unwrap(), seen);
}

#[tokio::test]
async fn a_body_over_ten_megabytes_is_refused() {
    let address = serve_function(answering(200)).await;
    assert_error(&send(address, post_json(10 * 1024 * 1024 + 1)).await, 413, "body_too_large");
}

#[tokio::test]
async fn a_request_whose_event_is_over_six_megabytes_is_refused() {
    let address = serve_function(answering(200)).await;
    assert_error(&send(address, post_json(6 * 1024 * 1024)).await, 413, "body_too_large");
    assert_eq!(send(address, post_json(5 * 1024 * 1024)).await.status(), 200);
}

#[tokio::test]
async fn a_function_that_fails_is_an_internal_error_without_its_words() {
    let failing = InProcess::new(|_| async {
        Err(InvokeError::FunctionError { error_type: "T".into(), message: "secret".into() })
    });
    let response = send(serve_function(failing).await, get_request("/")).await;
    assert_error(&response, 500, "internal_error");
    assert!(!String::from_utf8_lossy(response.body()).contains("secret"));
}

#[tokio::test]
async fn an_answer_of_another_form_is_an_internal_error() {
    let address = serve_function(InProcess::new(|_| async { Ok(Bytes::from("\"hello\"")) })).await;
    assert_error(&send(address, get_request("/")).await, 500, "internal_error");
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_unavailable() {
    let routes = Routes::new().route("/", Arc::new(InProcess::new(|_| std::future::pending())));
    let front = Front::new(routes).with_integration_timeout(Duration::from_millis(20));
    assert_error(&send(serve(front).await, get_request("/")).await, 503, "service_unavailable");
}

#[tokio::test]
async fn a_stop_waits_for_the_request_under_way() {
    let (arrive, arrived) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let once = Mutex::new(Some((arrive, released)));
    let function = InProcess::new(move |_| {
        let (arrive, released) = once.lock().unwrap().take().unwrap();
        async move {
            arrive.send(()).unwrap();
            released.await.unwrap();
            Ok(Bytes::from(r#"{"statusCode":200}"#))
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let front = Front::new(Routes::new().route("/", Arc::new(function)));
    let serving = tokio::spawn(front.serve(listener, stop.clone().cancelled_owned()));
    let request = tokio::spawn(send(address, get_request("/")));
    arrived.await.unwrap();
    stop.cancel();
    release.send(()).unwrap();
    assert_eq!(request.await.unwrap().status(), 200);
    serving.await.unwrap().unwrap();
}
