//! A request as an event of API Gateway: payload format 2.0.
//!
//! Source of the rules: docs.aws.amazon.com/apigateway/latest/developerguide/
//! http-api-develop-integrations-lambda.html and captured events; that HTTP APIs decode the path (function URLs and
//! REST APIs do not) is reported in aws-lambda-dotnet#1901 and hotsock/voker#8.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use aws_lambda_events::apigw::{
    ApiGatewayV2httpRequestContext, ApiGatewayV2httpRequestContextHttpDescription,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Uri, header, request::Parts};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use time::{OffsetDateTime, macros::format_description};

use super::{error::FrontError, origin::Origin};
use crate::{limits::LOCAL_ACCOUNT, runtime_api::trace_id};

/// The name of an API without stages, which keeps the stage out of every path.
const STAGE: &str = "$default";

/// The identifier of the one API here.
const API_ID: &str = "local";

/// Headers between the client and the gateway only.
const HOP_BY_HOP: [HeaderName; 5] =
    [header::CONNECTION, header::TE, header::TRAILER, header::TRANSFER_ENCODING, header::UPGRADE];

/// Not `ApiGatewayV2httpRequest`: that type also writes `httpMethod`, `type`, `methodArn` and other fields of
/// authorizer requests, and `stageVariables`, none of which are in the event that API Gateway sends.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    route_key: &'static str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<Cow<'a, str>>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: ApiGatewayV2httpRequestContext,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, str>>,
    is_base64_encoded: bool,
}

/// The path as functions see it: HTTP APIs decode it.
pub(super) fn decoded_path(uri: &Uri) -> Result<Cow<'_, str>, FrontError> {
    percent_decode_str(uri.path()).decode_utf8().map_err(|_| FrontError::UnreadablePath)
}

/// Writes the event of a request.
pub(super) fn encode(parts: &Parts, path: &str, body: &[u8], origin: &Origin) -> Result<Bytes, FrontError> {
    let query = parts.uri.query().unwrap_or_default();
    let text = text_body(&parts.headers, body);
    let event = Event {
        version: "2.0",
        route_key: STAGE,
        raw_path: path,
        raw_query_string: query,
        cookies: cookies(&parts.headers),
        headers: headers(&parts.headers, body.len(), origin),
        query_string_parameters: joined(form_urlencoded::parse(query.as_bytes())),
        request_context: context(parts, path, origin),
        is_base64_encoded: text.is_none() && !body.is_empty(),
        body: (!body.is_empty()).then(|| text.unwrap_or_else(|| BASE64_STANDARD.encode(body).into())),
    };
    serde_json::to_vec(&event).map(Bytes::from).map_err(FrontError::Event)
}

fn context(parts: &Parts, path: &str, origin: &Origin) -> ApiGatewayV2httpRequestContext {
    let domain_name = text_header(&parts.headers, header::HOST).unwrap_or("localhost");
    let domain_prefix = domain_name.split('.').next().unwrap_or_default();
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.account_id = Some(LOCAL_ACCOUNT.to_owned());
    context.apiid = Some(API_ID.to_owned());
    context.domain_name = Some(domain_name.to_owned());
    context.domain_prefix = Some(domain_prefix.to_owned());
    context.http = http_description(parts, path, origin);
    context.request_id = Some(origin.request_id.to_string());
    context.route_key = Some(STAGE.to_owned());
    context.stage = Some(STAGE.to_owned());
    context.time = Some(common_log_time(origin.at));
    context.time_epoch = epoch_ms(origin.at);
    context
}

fn http_description(
    parts: &Parts,
    path: &str,
    origin: &Origin,
) -> ApiGatewayV2httpRequestContextHttpDescription {
    let mut http = ApiGatewayV2httpRequestContextHttpDescription::default();
    http.method = parts.method.clone();
    http.path = Some(path.to_owned());
    http.protocol = Some(format!("{:?}", parts.version));
    http.source_ip = Some(origin.peer.ip().to_string());
    http.user_agent = Some(text_header(&parts.headers, header::USER_AGENT).unwrap_or_default().to_owned());
    http
}

/// The client's headers, lower-cased and joined, with those that the gateway adds.
fn headers(sent: &HeaderMap, body_bytes: usize, origin: &Origin) -> BTreeMap<String, String> {
    let kept = sent.iter().filter(|(name, _)| **name != header::COOKIE && !HOP_BY_HOP.contains(name));
    let mut headers =
        joined(kept.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))));
    let mut add = |name: &str, value: String| headers.insert(name.into(), value);
    add("content-length", body_bytes.to_string());
    add("x-amzn-trace-id", trace_id(Duration::from_secs(origin.at.unix_timestamp().unsigned_abs())));
    add("x-forwarded-port", port(sent).into());
    // Plain HTTP, so that absolute URLs that a function makes from it lead back here.
    add("x-forwarded-proto", "http".into());
    forwarded_for(&mut headers, origin);
    headers
}

/// The gateway appends the caller to the addresses that proxies have written.
fn forwarded_for(headers: &mut BTreeMap<String, String>, origin: &Origin) {
    let caller = origin.peer.ip().to_string();
    headers
        .entry("x-forwarded-for".into())
        .and_modify(|before| *before = format!("{before}, {caller}"))
        .or_insert(caller);
}

fn port(sent: &HeaderMap) -> &str {
    let host = text_header(sent, header::HOST).unwrap_or_default();
    host.rsplit_once(':').map_or("80", |(_, port)| port)
}

/// Repeated names become one value, joined with commas.
fn joined<'a>(pairs: impl Iterator<Item = (impl Into<String>, Cow<'a, str>)>) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in pairs {
        joined
            .entry(name.into())
            .and_modify(|before| *before = format!("{before},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    joined
}

fn cookies(sent: &HeaderMap) -> Vec<Cow<'_, str>> {
    let lines = sent.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(|line| line.split(';')).map(str::trim);
    cookies.filter(|cookie| !cookie.is_empty()).map(Cow::Borrowed).collect()
}

/// The body as text, if API Gateway treats its media type as text: bytes that are not UTF-8 become U+FFFD then. A body
/// of any other type is passed in base64, also a form and one without a type.
///
/// Source of the list: captures from AWS in ministackorg/ministack#766.
fn text_body<'a>(sent: &HeaderMap, body: &'a [u8]) -> Option<Cow<'a, str>> {
    let is_text = text_header(sent, header::CONTENT_TYPE).is_some_and(is_text_type);
    is_text.then(|| String::from_utf8_lossy(body))
}

fn is_text_type(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&media_type.as_str())
}

fn text_header(sent: &HeaderMap, name: HeaderName) -> Option<&str> {
    sent.get(name).and_then(|value| value.to_str().ok())
}

fn common_log_time(at: OffsetDateTime) -> String {
    let form = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    at.format(form).unwrap_or_default()
}

fn epoch_ms(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1_000 + i64::from(at.millisecond())
}

#[cfg(test)]
mod tests;
