//! Reads the API key of a request, and answers each usual mistake in sending one with its own sentence.
//!
//! A well-formed key that does not work and a text that is not a key get the same answer, in the words of the API
//! reference. No sentence repeats what was sent.

use domain::{api_key::ApiKey, visible::is_invisible};
use http::{HeaderMap, header};

use crate::{code::ErrorCode, error::ApiError};

const OTHER_HEADERS: [&str; 4] = ["x-api-key", "api-key", "apikey", "x-auth-token"];
/// Schemes with which other APIs take a key, in the spelling that an answer uses.
const OTHER_SCHEMES: [&str; 6] = ["Basic", "Token", "ApiKey", "Api-Key", "Key", "Digest"];

/// The key of a request.
///
/// # Errors
/// 401, with a sentence that says what to change.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<ApiKey, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Err(without_authorization(headers)) };
    let text = String::from_utf8_lossy(value.as_bytes());
    let text = text.trim();
    let (scheme, key) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        let key = key.trim();
        return ApiKey::parse(key).map_err(|_| unusable_key(key));
    }
    Err(without_bearer(scheme, text))
}

/// 401: the key does not work, or is no key.
pub(crate) fn invalid_key() -> ApiError {
    invalid("Invalid or revoked API key.")
}

fn invalid(detail: &str) -> ApiError {
    ApiError::unauthorized(ErrorCode::InvalidApiKey, detail)
}

fn without_authorization(headers: &HeaderMap) -> ApiError {
    match OTHER_HEADERS.into_iter().find(|name| headers.contains_key(*name)) {
        Some(name) => ApiError::unauthorized(
            ErrorCode::NotAuthenticated,
            &format!("Send the API key as 'Authorization: Bearer <key>'; the header {name} is not read."),
        ),
        None => ApiError::not_authenticated(),
    }
}

fn unusable_key(key: &str) -> ApiError {
    if key.is_empty() {
        return invalid("The Authorization header has no API key after 'Bearer'.");
    }
    if is_key_within(key) {
        return invalid(
            "The API key has characters that are not part of it, such as quotation marks, a line break, an invisible \
             character or a second 'Bearer'.",
        );
    }
    invalid_key()
}

fn without_bearer(scheme: &str, text: &str) -> ApiError {
    if ApiKey::parse(text).is_ok() || is_key_within(text) {
        return invalid(
            "The Authorization header must be 'Bearer <key>', with the word 'Bearer' before the API key.",
        );
    }
    match OTHER_SCHEMES.into_iter().find(|other| other.eq_ignore_ascii_case(scheme)) {
        Some(other) => invalid(&format!(
            "Send the API key as 'Authorization: Bearer <key>'; the scheme {other} is not read."
        )),
        None => invalid_key(),
    }
}

/// Whether a text is a key with invisible or other characters in, before or after it.
fn is_key_within(text: &str) -> bool {
    let is_mark =
        |c: char| c.is_ascii_punctuation() || c.is_whitespace() || c.is_control() || is_invisible(c);
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let words = visible.split(|c: char| is_mark(c) && c != '_' || !c.is_ascii());
    // An escaped line break, `\n`, leaves its letter next to the key.
    words.map(|word| word.trim_matches('_')).any(|word| ApiKey::parse(word).is_ok())
}

#[cfg(test)]
mod tests {
    use domain::api_key::{KeyMode, RANDOM_BYTES};
    use http::HeaderValue;

    use super::*;

    fn key() -> String {
        ApiKey::generate(KeyMode::Live, &[7; RANDOM_BYTES]).reveal().to_owned()
    }

    fn read(name: &'static str, value: &str) -> Result<ApiKey, ApiError> {
        key_of(&HeaderMap::from_iter([(
            name.parse().unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        )]))
    }

    fn refusal(name: &'static str, value: &str) -> (ErrorCode, String) {
        let error = read(name, value).unwrap_err();
        let detail = error.body("r")["detail"].as_str().unwrap().to_owned();
        assert!(!detail.contains(&key()) && !detail.contains("c2VjcmV0"), "{detail}");
        (error.code(), detail)
    }

    #[test]
    fn the_word_bearer_is_read_in_any_case_and_with_any_space() {
        for value in ["Bearer KEY", "bearer KEY", "BEARER   KEY", "Bearer KEY ", "Bearer\tKEY"] {
            assert!(read("authorization", &value.replace("KEY", &key())).is_ok(), "{value}");
        }
    }

    #[test]
    fn each_usual_mistake_has_its_own_sentence() {
        for (value, part) in [
            ("KEY", "with the word 'Bearer' before"),
            ("\"KEY\"", "with the word 'Bearer' before"),
            ("Bearer:KEY", "with the word 'Bearer' before"),
            ("Bearer=KEY", "with the word 'Bearer' before"),
            ("Token KEY", "with the word 'Bearer' before"),
            ("ApiKey KEY", "with the word 'Bearer' before"),
            ("Token abc", "the scheme Token is not read"),
            ("basic c2VjcmV0", "the scheme Basic is not read"),
            ("Bearer", "no API key after 'Bearer'"),
            ("Bearer  ", "no API key after 'Bearer'"),
            ("Bearer \"KEY\"", "characters that are not part of it"),
            ("Bearer 'KEY'", "characters that are not part of it"),
            ("Bearer <KEY>", "characters that are not part of it"),
            ("Bearer Bearer KEY", "characters that are not part of it"),
            ("Bearer KEY\\n", "characters that are not part of it"),
            ("Bearer KEY,", "characters that are not part of it"),
            ("Bearer \u{feff}KEY", "characters that are not part of it"),
            ("Bearer “KEY”", "characters that are not part of it"),
        ] {
            let (code, detail) = refusal("authorization", &value.replace("KEY", &key()));
            assert_eq!(code, ErrorCode::InvalidApiKey, "{value}");
            assert!(detail.contains(part), "{value}: {detail}");
        }
        let (code, detail) = refusal("x-api-key", &key());
        assert_eq!(code, ErrorCode::NotAuthenticated);
        assert!(detail.contains("the header x-api-key is not read"), "{detail}");
    }

    #[test]
    fn anything_else_is_answered_in_the_words_of_the_reference() {
        for value in ["Bearer tk_live_xxxx", "Bearer garbled", "garbled", "Bearer $KEY", "Hawk id=1", ","] {
            let (code, detail) = refusal("authorization", value);
            assert_eq!((code, detail.as_str()), (ErrorCode::InvalidApiKey, "Invalid or revoked API key."));
        }
        let none = key_of(&HeaderMap::new()).unwrap_err();
        assert_eq!(none.body("r")["detail"], "Authentication credentials were not provided.");
    }
}
