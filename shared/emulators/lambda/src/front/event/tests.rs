use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use http::Request;
use serde_json::{Value, json};
use time::macros::datetime;
use uuid::Uuid;

use super::*;

fn event_of(request: http::request::Builder, body: &[u8]) -> Value {
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let origin = Origin {
        request_id: Uuid::from_u128(7),
        peer: "203.0.113.7:4711".parse().unwrap(),
        at: datetime!(2020-03-12 19:03:58.390 UTC),
    };
    let path = decoded_path(&parts.uri).unwrap();
    serde_json::from_slice(&encode(&parts, &path, body, &origin).unwrap()).unwrap()
}

fn get(uri: &str) -> http::request::Builder {
    Request::get(uri).header("host", "localhost:3000")
}

fn post(content_type: &str) -> http::request::Builder {
    Request::post("/v1/").header("host", "localhost:3000").header("content-type", content_type)
}

/// Every field of an event that API Gateway sent for `GET /`, as aws-lambda-go captured it, less
/// the client certificate of its mutual TLS.
fn captured() -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/", "rawQueryString": "",
        "headers": {
            "accept": "*/*", "content-length": "0", "host": "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com",
            "user-agent": "curl/7.58.0", "x-amzn-trace-id": "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c",
            "x-forwarded-for": "1.2.3.4", "x-forwarded-port": "443", "x-forwarded-proto": "https"
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "aaaaaaaaaa",
            "domainName": "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com", "domainPrefix": "aaaaaaaaaa",
            "http": {
                "method": "GET", "path": "/", "protocol": "HTTP/1.1",
                "sourceIp": "1.2.3.4", "userAgent": "curl/7.58.0"
            },
            "requestId": "LV7fzho-PHcEJPw=", "routeKey": "$default", "stage": "$default",
            "time": "21/Apr/2020:15:08:21 +0000", "timeEpoch": 1_587_481_701_067_i64
        },
        "isBase64Encoded": false
    })
}

/// The names of all fields, with the type of each value.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::String(_) => "string".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

#[test]
fn the_event_of_a_plain_get_has_exactly_the_fields_of_a_captured_one() {
    let event = event_of(get("/").header("accept", "*/*").header("user-agent", "curl/7.58.0"), b"");
    assert_eq!(shape(&event), shape(&captured()));
}

#[test]
fn the_request_context_has_the_caller_the_route_and_the_time() {
    let event = event_of(
        Request::delete("/v1/x/?a=1").header("host", "sms.example:8080").header("user-agent", "agent"),
        b"",
    );
    assert_eq!(
        event["requestContext"],
        json!({
            "accountId": "000000000000", "apiId": "local",
            "domainName": "sms.example:8080", "domainPrefix": "sms",
            "http": {
                "method": "DELETE", "path": "/v1/x/", "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7", "userAgent": "agent"
            },
            "requestId": "00000000-0000-0000-0000-000000000007", "routeKey": "$default", "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1_584_039_838_390_i64
        })
    );
}

#[test]
fn the_path_is_decoded_and_the_raw_query_is_not() {
    let event = event_of(get("/my%20path/%C3%A9?Parameter1=value%201&Parameter1=value2&b"), b"");
    assert_eq!(event["rawPath"], "/my path/é");
    assert_eq!(event["requestContext"]["http"]["path"], "/my path/é");
    assert_eq!(event["rawQueryString"], "Parameter1=value%201&Parameter1=value2&b");
    assert_eq!(event["queryStringParameters"], json!({ "Parameter1": "value 1,value2", "b": "" }));
}

#[test]
fn a_path_that_is_not_utf8_is_refused() {
    assert!(matches!(decoded_path(&"/%FF".parse().unwrap()), Err(FrontError::UnreadablePath)));
}

#[test]
fn repeated_headers_are_joined_and_names_are_lower_case() {
    let event = event_of(get("/").header("Header2", "value1").header("HEADER2", "value2"), b"");
    assert_eq!(event["headers"]["header2"], "value1,value2");
}

#[test]
fn cookies_are_a_field_apart_from_the_headers() {
    let event = event_of(get("/").header("cookie", "a=1; b=2").header("cookie", "c=3"), b"");
    assert_eq!(event["cookies"], json!(["a=1", "b=2", "c=3"]));
    assert!(event["headers"].get("cookie").is_none());
}

#[test]
fn headers_of_the_connection_go_no_further() {
    let event =
        event_of(get("/").header("connection", "keep-alive").header("transfer-encoding", "chunked"), b"hi");
    assert!(event["headers"].get("connection").is_none());
    assert!(event["headers"].get("transfer-encoding").is_none());
    assert_eq!(event["headers"]["content-length"], "2");
}

#[test]
fn the_caller_is_appended_to_the_proxies_before_it() {
    let event = event_of(get("/").header("x-forwarded-for", "198.51.100.1"), b"");
    assert_eq!(event["headers"]["x-forwarded-for"], "198.51.100.1, 203.0.113.7");
    assert_eq!(event["headers"]["x-forwarded-port"], "3000");
}

#[test]
fn json_and_csv_arrive_as_text() {
    for content_type in ["application/json; charset=utf-8", "text/csv", "Text/Plain", "application/xml"] {
        let event = event_of(post(content_type), "{\"é\":1}".as_bytes());
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!("{\"é\":1}"), &json!(false)),
            "{content_type}"
        );
    }
}

#[test]
fn a_text_that_is_not_utf8_gets_replacement_characters_with_every_declared_charset() {
    for content_type in ["text/csv", "text/csv; charset=windows-1252", "application/json"] {
        let event = event_of(post(content_type), b"Jos\xe9,\xff\xfe");
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"], &event["headers"]["content-length"]),
            (&json!("Jos\u{fffd},\u{fffd}\u{fffd}"), &json!(false), &json!("7")),
            "{content_type}"
        );
    }
}

#[test]
fn forms_other_types_and_bodies_without_a_type_are_passed_in_base64() {
    let other = ["application/x-www-form-urlencoded", "application/octet-stream", "application/problem+json"];
    for body in [&b"a=1"[..], b"\xFF\xFE"] {
        let typed = other.map(post).into_iter();
        for request in typed.chain([Request::post("/v1/").header("host", "localhost:3000")]) {
            let event = event_of(request, body);
            assert_eq!(event["isBase64Encoded"], true);
            assert_eq!(BASE64_STANDARD.decode(event["body"].as_str().unwrap()).unwrap(), body);
        }
    }
}

#[test]
fn lambda_http_reads_the_same_request_back() {
    let event = event_of(post("application/json").header("cookie", "a=1"), b"{}");
    let read: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
    assert_eq!(read.request_context.http.method, http::Method::POST);
    assert_eq!(read.request_context.stage.as_deref(), Some("$default"));
    assert_eq!(read.raw_path.as_deref(), Some("/v1/"));
    assert_eq!(read.cookies.as_deref(), Some(&["a=1".to_owned()][..]));
    assert_eq!(read.body.as_deref(), Some("{}"));
    assert_eq!(read.headers["content-type"], "application/json");
}
