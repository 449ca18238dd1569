//! Settings as an operator writes them: `username=acme,enqueue=false`, or a JSON object.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

/// The text is not a list of settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// Neither `name=value` pairs nor a JSON object.
    #[error("must be name=value pairs with commas between them, or a JSON object of texts")]
    Form,
    /// A setting appears twice.
    #[error("{0} appears twice")]
    Repeated(String),
}

/// Reads settings. A value with a comma needs the JSON form.
///
/// # Errors
/// If the text has neither form.
pub fn parse(text: &str) -> Result<BTreeMap<String, String>, SettingsError> {
    if text.trim_start().starts_with('{') {
        return of_json(text);
    }
    let mut settings = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(SettingsError::Form)?;
        if settings.insert(name.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(SettingsError::Repeated(name.trim().to_owned()));
        }
    }
    Ok(settings)
}

fn of_json(text: &str) -> Result<BTreeMap<String, String>, SettingsError> {
    let values: BTreeMap<String, Value> = serde_json::from_str(text).map_err(|_| SettingsError::Form)?;
    let text_of = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Bool(_) | Value::Number(_) => Ok((name, value.to_string())),
        _ => Err(SettingsError::Form),
    };
    values.into_iter().map(text_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_settings_are_read_the_same() {
        let expected = BTreeMap::from(
            [("enqueue", "false"), ("username", "acme=1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        for text in [
            "username=acme=1,enqueue=false",
            " username = acme=1 , enqueue=false, ",
            r#"{"username": "acme=1", "enqueue": false}"#,
        ] {
            assert_eq!(parse(text), Ok(expected.clone()), "{text}");
        }
        assert_eq!(parse(""), Ok(BTreeMap::new()));
    }

    #[test]
    fn another_form_is_refused() {
        for text in ["acme", "username=acme,enqueue", "{", r#"{"username": null}"#, "[]"] {
            assert_eq!(parse(text), Err(SettingsError::Form), "{text}");
        }
        assert_eq!(parse("a=1,a=1"), Err(SettingsError::Repeated("a".to_owned())));
    }
}
