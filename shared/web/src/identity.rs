//! What makes two requests with one `Idempotency-Key` the same: method, path, query and body.
//!
//! JSON is compared by its values, not its bytes: a repeated request may have its fields in another order, because maps
//! of many languages keep no order.

use http::{HeaderMap, Method, Uri};

use crate::{
    body::{charset, media_type},
    fields::parse_json,
    json::Json,
    routes::JSON,
};

/// The parts of a request that distinguish it from another.
pub struct RequestIdentity(Vec<Vec<u8>>);

impl RequestIdentity {
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Self {
        let path = uri.path().trim_end_matches('/');
        let kind = media_type(headers).unwrap_or_default();
        // A body that is not JSON is refused later; here it is compared by its bytes.
        let value = if kind == JSON { parse_json(body).ok() } else { None };
        let body = value.map_or_else(|| body.to_vec(), |value| canonical(&value));
        let words = [method.as_str(), path, &sorted_query(uri), &kind, &charset(headers).unwrap_or_default()];
        Self(words.into_iter().map(|word| word.as_bytes().to_vec()).chain([body]).collect())
    }

    /// The parts, in a fixed order.
    pub fn parts(&self) -> Vec<&[u8]> {
        self.0.iter().map(Vec::as_slice).collect()
    }
}

fn sorted_query(uri: &Uri) -> String {
    let mut pairs: Vec<_> = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).collect();
    pairs.sort_unstable();
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn canonical(value: &Json) -> Vec<u8> {
    let mut written = Vec::new();
    write(value, &mut written);
    written
}

/// Writes a value so that exactly equal values have the same bytes: a tag, then a length if one is needed.
fn write(value: &Json, to: &mut Vec<u8>) {
    match value {
        Json::Null => to.push(b'0'),
        Json::Bool(value) => to.push(if *value { b't' } else { b'f' }),
        Json::Integer(number) => tagged(b'i', &number.to_le_bytes(), to),
        Json::Float(number) => tagged(b'd', &number.value().to_bits().to_le_bytes(), to),
        Json::Text(text) => sized(b's', text, to),
        Json::List(items) => {
            tagged(b'l', &items.len().to_le_bytes(), to);
            items.iter().for_each(|item| write(item, to));
        }
        Json::Object(entries) => {
            tagged(b'o', &entries.len().to_le_bytes(), to);
            let mut entries: Vec<&(String, Json)> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| name);
            for (name, value) in entries {
                sized(b'k', name, to);
                write(value, to);
            }
        }
    }
}

fn tagged(tag: u8, bytes: &[u8], to: &mut Vec<u8>) {
    to.push(tag);
    to.extend_from_slice(bytes);
}

fn sized(tag: u8, text: &str, to: &mut Vec<u8>) {
    tagged(tag, &text.len().to_le_bytes(), to);
    to.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header};

    use super::*;

    fn identity(uri: &str, kind: &'static str, body: &str) -> Vec<Vec<u8>> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        RequestIdentity::of(&Method::POST, &uri.parse().unwrap(), &headers, body.as_bytes()).0
    }

    fn json(body: &str) -> Vec<Vec<u8>> {
        identity("/v1/x/", JSON, body)
    }

    #[test]
    fn requests_that_differ_in_field_order_white_space_or_escapes_are_the_same() {
        let first = json(r#"{"a":1,"b":[{"x":"é","y":null},true],"c":1.5}"#);
        for same in [
            r#"{"c":1.50,"b":[{"y":null,"x":"\u00e9"},true],"a":1}"#,
            "\u{feff} {\n\t\"b\" : [ {\"x\":\"é\", \"y\":null} , true ],\r\n \"a\":1, \"c\":15e-1 } ",
        ] {
            assert_eq!(json(same), first, "{same}");
        }
        assert_eq!(identity("/v1/x", "Application/JSON ; charset=x", "{}")[..3], json("{}")[..3]);
        let query = |query: &str| identity(&format!("/v1/x?{query}"), JSON, "{}");
        assert_eq!(query("a=1&b=%41"), query("b=A&a=1"));
    }

    #[test]
    fn requests_that_differ_in_a_value_are_different() {
        let bodies = [
            "{}",
            "[]",
            "null",
            "0",
            "1",
            "1.5",
            "-1",
            "true",
            "false",
            r#""""#,
            r#""1""#,
            "[1]",
            "[[1]]",
            "[1,2]",
            "[2,1]",
            "[12]",
            r#"["a","b"]"#,
            r#"["ab"]"#,
            r#"{"a":1}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":null}"#,
            r#"{"a":{"b":1}}"#,
            r#"{"a":{},"b":1}"#,
            r#"{"A":1}"#,
            "{",
            "{ ",
            "",
        ];
        for (place, one) in bodies.iter().enumerate() {
            for other in &bodies[place + 1..] {
                assert_ne!(json(one), json(other), "{one} and {other}");
            }
        }
        assert_ne!(identity("/v1/x?a=1", JSON, "{}"), identity("/v1/x?a=2", JSON, "{}"));
        assert_ne!(identity("/v1/x", "text/csv", "[1]"), identity("/v1/x", "text/csv", "[ 1]"));
        assert_ne!(identity("/v1/x", "text/csv", "[1]"), json("[1]"));
    }
}
