//! The estimate of a send as text: recipients, segments, price, and the contacts that are left out.

use serde_json::Value;

use crate::client::{SendAnswer, Skipped};

/// The API's reasons for leaving a contact out, in words. A reason that is missing here is shown by its own name.
const REASONS: [(&str, &str); 7] = [
    ("duplicate", "with a number that another contact has"),
    ("no_phone", "without a number"),
    ("invalid_phone", "with a number that is not valid"),
    ("opted_out", "opted out"),
    ("unpriced", "to a destination without a price"),
    ("unrouted", "to a destination that no provider account sends to"),
    ("not_mobile", "whose number cannot get a text"),
];

/// Characters of a UCS-2 text that are shown.
const MOST_CHARACTERS: usize = 10;

/// An estimate or an accepted send, in lines.
pub(super) fn describe(answer: &SendAnswer) -> String {
    let SendAnswer { recipients_count, message_parts, estimated_cost, skipped, further, .. } = answer;
    let people = counted(*recipients_count, "recipient");
    let mut lines = vec![format!("{people}, {} each: {estimated_cost}", counted(*message_parts, "segment"))];
    lines.extend(left_out(skipped).map(|contacts| format!("Left out: {contacts}")));
    lines.extend(further.get("unknown_group_ids").and_then(unknown_books));
    lines.extend(further.get("ucs2").and_then(|needed| ucs2(needed, *message_parts)));
    if further.get("test") == Some(&Value::Bool(true)) {
        lines.push("The key is a test key: the texts reach no one and cost nothing.".to_owned());
    }
    lines.join("\n")
}

/// `3 contacts without a number, 2 opted out`
fn left_out(skipped: &Skipped) -> Option<String> {
    let Skipped { duplicate, no_phone, opted_out, further } = skipped;
    let known = [("duplicate", *duplicate), ("no_phone", *no_phone), ("opted_out", *opted_out)];
    let further = further.iter().map(|(reason, count)| (reason.as_str(), count.as_u64().unwrap_or_default()));
    let counts = known.into_iter().chain(further).filter(|(_, count)| *count > 0);
    let parts: Vec<_> = counts.map(|(reason, count)| format!("{count} {}", in_words(reason))).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Address books that were given by id and do not exist.
fn unknown_books(ids: &Value) -> Option<String> {
    let ids: Vec<&str> = ids.as_array()?.iter().filter_map(Value::as_str).collect();
    (!ids.is_empty()).then(|| format!("Left out, since there is no such address book: {}", ids.join(", ")))
}

fn in_words(reason: &str) -> String {
    let known = REASONS.iter().find(|(known, _)| *known == reason);
    known.map_or_else(|| reason.replace('_', " "), |(_, words)| (*words).to_owned())
}

/// Why the text takes more segments than necessary.
fn ucs2(ucs2: &Value, message_parts: u64) -> Option<String> {
    let parts = ucs2["gsm7_message_parts"].as_u64().filter(|parts| *parts < message_parts)?;
    let mut characters: Vec<&str> = Vec::new();
    for character in ucs2["characters"].as_array()?.iter().filter_map(|one| one["character"].as_str()) {
        if !characters.contains(&character) {
            characters.push(character);
        }
    }
    let more = if characters.len() > MOST_CHARACTERS { " …" } else { "" };
    characters.truncate(MOST_CHARACTERS);
    let (characters, parts) = (characters.join(" "), counted(parts, "segment"));
    Some(format!("Without {characters}{more} the text would have {parts}."))
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(further: Value) -> SendAnswer {
        let mut answer = json!({
            "recipients_count": 1, "estimated_cost": "KES 2.00", "message_parts": 2,
            "skipped": {"duplicate": 0, "no_phone": 0, "opted_out": 0, "invalid_phone": 0},
        });
        answer.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        serde_json::from_value(answer).unwrap()
    }

    #[test]
    fn recipients_segments_and_price_are_on_one_line() {
        assert_eq!(describe(&answer(json!({}))), "1 recipient, 2 segments each: KES 2.00");
    }

    #[test]
    fn contacts_that_are_left_out_are_counted_by_reason() {
        let skipped =
            json!({"duplicate": 2, "no_phone": 3, "opted_out": 0, "not_mobile": 1, "on_the_moon": 4});
        let described = describe(&answer(json!({"skipped": skipped})));
        let left_out = "Left out: 2 with a number that another contact has, 3 without a number, \
                        1 whose number cannot get a text, 4 on the moon";
        assert_eq!(described.lines().nth(1), Some(left_out));
    }

    #[test]
    fn ids_of_no_address_book_are_named() {
        let described = describe(&answer(json!({"unknown_group_ids": ["a", "b"]})));
        assert!(described.ends_with("\nLeft out, since there is no such address book: a, b"), "{described}");
        assert!(!describe(&answer(json!({"unknown_group_ids": []}))).contains("no such"));
    }

    #[test]
    fn the_estimate_names_characters_that_cost_segments_and_a_test_key() {
        let ucs2 = json!({"characters": [{"character": "’", "position": 3}], "gsm7_message_parts": 1});
        let described = describe(&answer(json!({"ucs2": ucs2, "test": true})));
        assert!(described.contains("Without ’ the text would have 1 segment."), "{described}");
        assert!(described.ends_with("reach no one and cost nothing."), "{described}");
    }
}
