//! The text rules against vendor cases, their boundaries, and an independent packer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{fs, path::Path};

use domain::text::{Encoding, MAX_SEGMENTS, MessageText, SegmentCount, TextError};
use proptest::prelude::*;

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Less the form feed, which is a control character and refused.
const EXTENSION: &str = "^{}\\[~]|€";

fn message(text: impl Into<String>) -> MessageText {
    MessageText::parse(text.into()).unwrap()
}

fn measure(text: impl Into<String>) -> (Encoding, u8) {
    let message = message(text);
    (message.encoding(), message.segments().get())
}

/// The segments of a text, even if it is too long to send.
fn segments_of(text: &str) -> usize {
    match MessageText::parse(text.to_owned()) {
        Ok(message) => message.segments().get().into(),
        Err(TextError::TooLong { segments, .. }) => segments,
        Err(refusal) => panic!("{refusal}"),
    }
}

#[test]
fn every_vendor_case_has_its_encoding_and_segments() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/segment_cases.json");
    let fixture: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let cases = fixture["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 48);
    for case in cases {
        let (name, body) = (&case["name"], case["body"].as_str().unwrap());
        let (encoding, segments) = measure(body);
        assert_eq!(u64::from(segments), case["segments"].as_u64().unwrap(), "{name}");
        if let Some(expected) = case["encoding"].as_str() {
            assert_eq!(encoding.to_string(), expected, "{name}");
        }
    }
}

#[test]
fn every_character_of_the_tables_is_gsm_and_takes_its_septets() {
    assert_eq!(BASIC.chars().count(), 127);
    for (characters, in_one_segment) in [(BASIC, 159), (EXTENSION, 79)] {
        for character in characters.chars() {
            let full = format!("a{}", character.to_string().repeat(in_one_segment));
            assert_eq!(measure(&full), (Encoding::Gsm7, 1), "{character:?}");
            let over = format!("{full}{character}");
            assert_eq!(measure(&over), (Encoding::Gsm7, 2), "{character:?}");
        }
    }
}

#[test]
fn look_alikes_outside_the_tables_force_ucs2() {
    for character in "ç`’“”–—…\u{A0}ĩũŠаАΑΕλ😀".chars() {
        assert_eq!(measure(format!("a{character}")).0, Encoding::Ucs2, "{character:?}");
    }
}

#[test]
fn the_segment_count_rises_at_the_documented_lengths() {
    for (length, segments) in [(160, 1), (161, 2), (306, 2), (307, 3), (1530, 10)] {
        assert_eq!(measure("a".repeat(length)), (Encoding::Gsm7, segments));
    }
    for (length, segments) in [(70, 1), (71, 2), (134, 2), (135, 3), (670, 10)] {
        assert_eq!(measure("ũ".repeat(length)), (Encoding::Ucs2, segments));
    }
}

#[test]
fn an_escape_pair_never_straddles_two_segments() {
    let fits = format!("{}€{}", "a".repeat(151), "a".repeat(153));
    assert_eq!(measure(fits), (Encoding::Gsm7, 2));
    let wastes_a_septet = format!("{}€{}", "a".repeat(152), "a".repeat(152));
    assert_eq!(measure(wastes_a_septet), (Encoding::Gsm7, 3));
    let alone_in_160 = format!("{}€", "a".repeat(158));
    assert_eq!(measure(alone_in_160), (Encoding::Gsm7, 1));
}

#[test]
fn a_surrogate_pair_never_straddles_two_segments() {
    let fits = format!("{}😀{}", "a".repeat(65), "a".repeat(67));
    assert_eq!(measure(fits), (Encoding::Ucs2, 2));
    let wastes_a_unit = format!("{}😀{}", "a".repeat(66), "a".repeat(66));
    assert_eq!(measure(wastes_a_unit), (Encoding::Ucs2, 3));
}

#[test]
fn a_text_over_ten_segments_is_refused_with_its_count() {
    let refused = |text: String| MessageText::parse(text).unwrap_err();
    let eleven = TextError::TooLong { segments: 11, max: MAX_SEGMENTS };
    assert_eq!(refused("a".repeat(1531)), eleven);
    assert_eq!(refused("ũ".repeat(671)), eleven);
    assert!(matches!(refused("a".repeat(1 << 20)), TextError::TooLong { segments: 6854, .. }));
}

#[test]
fn a_blank_text_is_refused() {
    for blank in ["", " ", "\n\r \u{A0}\t"] {
        assert_eq!(MessageText::parse(blank.into()), Err(TextError::Blank));
    }
}

#[test]
fn the_first_control_character_is_named_with_its_place() {
    for character in ['\t', '\0', '\u{C}', '\u{1B}', '\u{7F}', '\u{85}'] {
        let refusal = MessageText::parse(format!("ñ\r\n{character}\u{1}")).unwrap_err();
        assert_eq!(refusal, TextError::ControlCharacter { character, index: 3 });
    }
    let refusal = MessageText::parse("a\tb".into()).unwrap_err().to_string();
    assert_eq!(refusal, "must not contain the control character U+0009 at index 1");
}

#[test]
fn the_characters_that_force_ucs2_are_listed_with_their_places() {
    let forcing: Vec<_> = message("😀 Mũndũ €5 ç").forcing_ucs2().collect();
    assert_eq!(forcing, [(0, '😀'), (3, 'ũ'), (6, 'ũ'), (11, 'ç')]);
    assert_eq!(message("Habari €5").forcing_ucs2().count(), 0);
}

#[test]
fn the_gsm7_alternative_counts_one_septet_for_each_forcing_character() {
    let curly = message(format!("{}’", "a".repeat(159)));
    assert_eq!(curly.segments().get(), 3);
    assert_eq!(curly.gsm7_alternative_segments().get(), 1);
    let plain = message("[".repeat(100));
    assert_eq!(plain.gsm7_alternative_segments(), plain.segments());
}

#[test]
fn debug_output_shows_the_measure_and_not_the_text() {
    let shown = format!("{:?}", message("Secret 😀"));
    assert!(shown.contains("Ucs2") && !shown.contains("Secret"), "{shown}");
}

#[test]
fn the_wire_forms_are_parsed_and_not_trusted() {
    let read: MessageText = serde_json::from_str(r#""Habari""#).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), r#""Habari""#);
    assert!(serde_json::from_str::<MessageText>(r#"" ""#).is_err());
    assert_eq!(serde_json::to_string(&Encoding::Ucs2).unwrap(), r#""UCS-2""#);
    assert_eq!(serde_json::from_str::<SegmentCount>("10").unwrap().get(), 10);
    assert!(serde_json::from_str::<SegmentCount>("0").is_err());
    assert!(serde_json::from_str::<SegmentCount>("11").is_err());
}

/// The fewest segments, found by trying every cut that splits no pair: shares neither the tables, nor the widths, nor
/// the greedy choice with the code under test.
fn fewest_segments(text: &str) -> usize {
    let is_gsm = text.chars().all(|c| BASIC.contains(c) || EXTENSION.contains(c));
    let (units, single, concatenated) =
        if is_gsm { (septets(text), 160, 153) } else { (text.encode_utf16().collect(), 70, 67) };
    if units.len() <= single {
        return 1;
    }
    let splits_pair = |at: usize| match is_gsm {
        true => units[at - 1] == ESCAPE,
        false => (0xD800..0xDC00).contains(&units[at - 1]),
    };
    let mut fewest = vec![0; units.len() + 1];
    for end in 1..=units.len() {
        let starts = end.saturating_sub(concatenated)..end;
        let allowed = starts.filter(|&start| start == 0 || !splits_pair(start));
        fewest[end] = 1 + allowed.map(|start| fewest[start]).min().unwrap();
    }
    fewest[units.len()]
}

const ESCAPE: u16 = 0x1B;

/// Septets by their place in the literal tables; only [`ESCAPE`] matters to the packer.
fn septets(text: &str) -> Vec<u16> {
    let mut septets = Vec::new();
    for character in text.chars() {
        if EXTENSION.contains(character) {
            septets.push(ESCAPE);
        }
        septets.push(u16::from(b'.'));
    }
    septets
}

fn characters_from(alphabet: &str) -> impl Strategy<Value = char> + use<> {
    proptest::sample::select(alphabet.chars().collect::<Vec<_>>())
}

fn text_of(character: impl Strategy<Value = char>) -> impl Strategy<Value = String> {
    proptest::collection::vec(character, 0..500).prop_map(|c| format!("x{}", String::from_iter(c)))
}

fn any_text() -> impl Strategy<Value = String> {
    let gsm = || characters_from(&format!("{BASIC}{EXTENSION}"));
    prop_oneof![
        text_of(gsm()),
        text_of(prop_oneof![characters_from("a"), characters_from(EXTENSION)]),
        text_of(prop_oneof![gsm(), characters_from("😀ũ\u{301}🇰")]),
    ]
}

proptest! {
    #[test]
    fn an_independent_packer_counts_the_same_segments(text in any_text()) {
        prop_assert_eq!(segments_of(&text), fewest_segments(&text));
    }

    #[test]
    fn appending_never_takes_fewer_segments(text in any_text(), more in any_text()) {
        let longer = format!("{text}{more}");
        prop_assert!(segments_of(&text) <= segments_of(&longer));
    }

    #[test]
    fn the_gsm7_alternative_is_the_count_of_the_replaced_text(text in any_text()) {
        let Ok(message) = MessageText::parse(text.clone()) else { return Ok(()) };
        let forcing: Vec<_> = message.forcing_ucs2().map(|(index, _)| index).collect();
        let replaced = text.chars().enumerate();
        let replaced = replaced.map(|(i, c)| if forcing.contains(&i) { 'x' } else { c });
        let replaced = MessageText::parse(replaced.collect()).unwrap();
        prop_assert_eq!(replaced.encoding(), Encoding::Gsm7);
        prop_assert_eq!(message.gsm7_alternative_segments(), replaced.segments());
        prop_assert!(replaced.segments() <= message.segments());
    }
}
