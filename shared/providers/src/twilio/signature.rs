//! The signature of Twilio's callbacks. Pure.
//!
//! Twilio, "Validating requests": Base64 of the HMAC-SHA-1, keyed with the auth token, of the URL as it was called and
//! then, for each field of the form in order of its name, the name and each of its different values in order. A JSON
//! body is signed by its SHA-256 in the query (`bodySHA256`) instead.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The header that has it.
pub const NAME: HeaderName = HeaderName::from_static("x-twilio-signature");

/// The signature of a form that is sent to a URL.
pub fn sign(auth_token: &str, url: &str, form: &[u8]) -> String {
    let code = mac(auth_token, url, &fields(form)).map(|mac| mac.finalize().into_bytes());
    code.map(|code| STANDARD.encode(code)).unwrap_or_default()
}

/// Whether a signature is valid for a callback.
///
/// Twilio signs a URL with or without the port of its scheme, whichever it called.
pub fn holds(auth_token: &str, url: &str, body: &[u8], signature: &str) -> bool {
    let Ok(code) = STANDARD.decode(signature) else { return false };
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let sha256 = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    let fields = match sha256 {
        Some((_, expected)) if hex::encode(Sha256::digest(body)) == expected => String::new(),
        Some(_) => return false,
        None => fields(body),
    };
    let signed = |url: &str| mac(auth_token, url, &fields).is_some_and(|mac| mac.verify_slice(&code).is_ok());
    spellings(url).iter().any(|url| signed(url))
}

/// HMAC takes keys of any length, so there always is one.
fn mac(auth_token: &str, url: &str, fields: &str) -> Option<Hmac<Sha1>> {
    let mac = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).ok()?;
    Some(mac.chain_update(url).chain_update(fields))
}

fn fields(body: &[u8]) -> String {
    let mut fields: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields.entry(name).or_default().insert(value);
    }
    let values = fields.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    values.map(|(name, value)| format!("{name}{value}")).collect()
}

/// The URL with and without the port of its scheme.
fn spellings(url: &str) -> [String; 2] {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let port = if scheme == "http" { ":80" } else { ":443" };
    let bare = authority.strip_suffix(port).unwrap_or(authority);
    let with = if bare.contains(':') { String::new() } else { port.to_owned() };
    [format!("{scheme}://{bare}{path}"), format!("{scheme}://{bare}{with}{path}")]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::{form::form, testing::json_fixture};

    fn vectors() -> Vec<Value> {
        json_fixture("twilio_signature_vectors.json")["vectors"].as_array().unwrap().clone()
    }

    /// The body that a vector's fields come in.
    fn body(vector: &Value) -> String {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fields: Vec<(String, String)> = match (&vector["body"], &vector["param_list"]) {
            (Value::String(body), _) => return body.clone(),
            (_, Value::Array(list)) => list.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
            _ => {
                let fields = vector["params"].as_object().unwrap();
                fields.iter().map(|(name, value)| (name.clone(), text(value))).collect()
            }
        };
        form(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn holds_for(vector: &Value, url: &str, body: &str) -> bool {
        let text = |name: &str| vector[name].as_str().unwrap();
        holds(text("auth_token"), url, body.as_bytes(), text("signature"))
    }

    #[test]
    fn every_published_signature_is_computed() {
        assert_eq!(vectors().len(), 11);
        for vector in vectors() {
            let url = vector["url"].as_str().unwrap();
            assert!(holds_for(&vector, url, &body(&vector)), "{}", vector["name"]);
        }
    }

    #[test]
    fn a_signature_is_valid_with_and_without_the_default_port_only() {
        for vector in vectors() {
            let url = vector["url"].as_str().unwrap();
            let other = match url.split_once(":443").or_else(|| url.split_once(":80")) {
                Some((before, after)) => format!("{before}{after}"),
                None => url.replacen(".com/", ".com:443/", 1).replacen(".on.aws/", ".on.aws:443/", 1),
            };
            let is_other_port = url.contains(":1234");
            assert!(is_other_port || holds_for(&vector, &other, &body(&vector)), "{other}");
            assert_eq!(
                holds_for(&vector, &url.replace(":1234", ""), &body(&vector)),
                !is_other_port,
                "{url}"
            );
        }
    }

    #[test]
    fn every_change_of_a_callback_makes_its_signature_invalid() {
        for vector in vectors() {
            let (url, body) = (vector["url"].as_str().unwrap(), body(&vector));
            assert!(!holds_for(&vector, &url.replace("://", "://x"), &body));
            assert!(!holds_for(&vector, &format!("{url}&more=1"), &body));
            assert!(!holds_for(&vector, url, &format!("{body}&More=1")));
            assert!(!holds("another token", url, body.as_bytes(), vector["signature"].as_str().unwrap()));
            for forged in ["", "AAAA", "not base64!", &vector["signature"].as_str().unwrap()[1..]] {
                assert!(!holds(vector["auth_token"].as_str().unwrap(), url, body.as_bytes(), forged));
            }
        }
    }
}
