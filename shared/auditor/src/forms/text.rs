//! The number of segments of a text (3GPP TS 23.038 and 23.040): in GSM-7 if all characters are in that alphabet, else
//! in UTF-16; a character is never split.

/// The GSM 7-bit default alphabet, in its order, without the escape.
const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                       ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Two septets each.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

pub fn segments(text: &str) -> u64 {
    let septets: Option<Vec<usize>> = text.chars().map(septets).collect();
    match septets {
        Some(widths) => filled(&widths, 160, 153),
        None => filled(&text.chars().map(char::len_utf16).collect::<Vec<_>>(), 70, 67),
    }
}

fn septets(character: char) -> Option<usize> {
    if DEFAULT.contains(character) { Some(1) } else { EXTENDED.contains(character).then_some(2) }
}

/// The segments that characters of these widths fill: one alone, or several that are each smaller.
fn filled(widths: &[usize], alone: usize, of_several: usize) -> u64 {
    if widths.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (mut segments, mut room) = (0, 0);
    for &width in widths {
        if width > room {
            segments += 1;
            room = of_several;
        }
        room -= width;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_case_has_its_segments() {
        let cases = include_str!("../../../../tests/fixtures/segment_cases.json");
        let cases: serde_json::Value = serde_json::from_str(cases).unwrap();
        let cases = cases["cases"].as_array().unwrap();
        assert!(cases.len() > 5);
        for case in cases {
            let expected = case["segments"].as_u64().unwrap();
            assert_eq!(segments(case["body"].as_str().unwrap()), expected, "{}", case["name"]);
        }
    }

    #[test]
    fn a_character_of_two_septets_is_not_cut_in_two() {
        assert_eq!(segments(&format!("{}€{}", "x".repeat(152), "x".repeat(152))), 3);
        assert_eq!(DEFAULT.chars().count(), 127);
    }
}
