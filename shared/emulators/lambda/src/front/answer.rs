//! A function's answer, in payload format 2.0, as an HTTP response.

use std::collections::BTreeMap;

use axum::{body::Body, response::Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::error::FrontError;

/// Headers that the connection sets; the function's values are ignored.
const OF_THE_CONNECTION: [HeaderName; 3] =
    [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// The shorthand of the format (any JSON without a `statusCode` is a 200) is not read: here it
/// could only be a mistake.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// Reads a function's answer.
pub(super) fn decode(answer: &[u8]) -> Result<Response, FrontError> {
    let mut answer: Answer = serde_json::from_slice(answer).map_err(FrontError::UnreadableAnswer)?;
    let mut response = Response::new(body(&mut answer)?);
    *response.status_mut() =
        StatusCode::from_u16(answer.status_code).map_err(|_| FrontError::InvalidAnswer("statusCode"))?;
    *response.headers_mut() = headers(answer)?;
    Ok(response)
}

fn body(answer: &mut Answer) -> Result<Body, FrontError> {
    let text = answer.body.take().unwrap_or_default();
    if answer.is_base64_encoded == Some(true) {
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| FrontError::InvalidAnswer("body"))?;
        return Ok(bytes.into());
    }
    Ok(text.into())
}

/// If both have a name, `headers` replaces `multiValueHeaders`, so that no header is sent twice.
fn headers(answer: Answer) -> Result<HeaderMap, FrontError> {
    let single = answer.headers.unwrap_or_default();
    let many = answer.multi_value_headers.unwrap_or_default();
    let only_many = many
        .into_iter()
        .filter(|(name, _)| !single.contains_key(name))
        .flat_map(each_value)
        .collect::<Vec<_>>();
    let cookies =
        answer.cookies.unwrap_or_default().into_iter().map(|cookie| (header::SET_COOKIE.to_string(), cookie));
    let mut headers = HeaderMap::new();
    for (name, value) in single.into_iter().chain(only_many).chain(cookies) {
        let name = HeaderName::try_from(name).map_err(|_| FrontError::InvalidAnswer("header name"))?;
        let value = HeaderValue::try_from(value).map_err(|_| FrontError::InvalidAnswer("header value"))?;
        if !OF_THE_CONNECTION.contains(&name) {
            headers.append(name, value);
        }
    }
    Ok(headers)
}

fn each_value((name, values): (String, Vec<String>)) -> impl Iterator<Item = (String, String)> {
    values.into_iter().map(move |value| (name.clone(), value))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;

    fn decoded(answer: &Value) -> Response {
        decode(answer.to_string().as_bytes()).unwrap()
    }

    async fn bytes(response: Response) -> bytes::Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn an_answer_of_lambda_http_becomes_the_response() {
        let response = decoded(&json!({
            "statusCode": 202, "headers": { "content-type": "application/json", "content-length": "999" },
            "multiValueHeaders": {}, "body": "{\"a\":1}", "isBase64Encoded": false,
            "cookies": ["a=1; Path=/", "b=2"]
        }));
        assert_eq!(response.status(), 202);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert!(!response.headers().contains_key("content-length"));
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1; Path=/", "b=2"]);
        assert_eq!(bytes(response).await, "{\"a\":1}");
    }

    #[tokio::test]
    async fn a_base64_body_is_decoded() {
        let response = decoded(&json!({ "statusCode": 200, "body": "/wA=", "isBase64Encoded": true }));
        assert_eq!(bytes(response).await, &[0xFF, 0x00][..]);
    }

    #[test]
    fn a_header_with_several_values_is_sent_once_for_each() {
        let response = decoded(&json!({
            "statusCode": 200, "headers": { "vary": "accept" },
            "multiValueHeaders": { "link": ["<a>", "<b>"], "vary": ["twice"] }
        }));
        assert_eq!(response.headers().get_all("link").iter().collect::<Vec<_>>(), ["<a>", "<b>"]);
        assert_eq!(response.headers().get_all("vary").iter().collect::<Vec<_>>(), ["accept"]);
    }

    #[test]
    fn an_answer_that_is_not_of_the_format_is_an_error() {
        for answer in ["", "null", "\"hello\"", "{\"body\":\"no status\"}"] {
            assert!(matches!(decode(answer.as_bytes()), Err(FrontError::UnreadableAnswer(_))), "{answer}");
        }
        let broken = [
            json!({ "statusCode": 99 }),
            json!({ "statusCode": 200, "headers": { "a b": "c" } }),
            json!({ "statusCode": 200, "headers": { "a": "b\nc" } }),
            json!({ "statusCode": 200, "body": "?", "isBase64Encoded": true }),
        ];
        for answer in broken {
            assert!(
                matches!(decode(answer.to_string().as_bytes()), Err(FrontError::InvalidAnswer(_))),
                "{answer}"
            );
        }
    }
}
