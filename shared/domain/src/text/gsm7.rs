//! The GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1 and §6.2.1.1).
//!
//! Says whether a character is in it and how many septets it takes. It never encodes, because every provider takes
//! UTF-8 and encodes itself.

/// The basic table in code order, less ESC (0x1B): one septet each.
const BASIC: [char; 127] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// The extension table, less the euro sign: ESC and a second septet each.
const EXTENSION: [char; 9] = ['\u{C}', '^', '{', '}', '\\', '[', '~', ']', '|'];

/// Part of the extension table too; the only GSM-7 character outside [`SEPTETS`].
const EURO: char = '€';

/// The code point after the last one in [`SEPTETS`]: after the Greek capitals.
const TABLE_END: usize = 0x400;

/// Septets by code point; 0 for a character that GSM-7 does not have.
const SEPTETS: [u8; TABLE_END] = septets_by_code_point();

const fn septets_by_code_point() -> [u8; TABLE_END] {
    let mut table = [0; TABLE_END];
    let mut at = 0;
    while at < BASIC.len() {
        table[BASIC[at] as usize] = 1;
        at += 1;
    }
    at = 0;
    while at < EXTENSION.len() {
        table[EXTENSION[at] as usize] = 2;
        at += 1;
    }
    table
}

/// The septets that a character takes (2 with its ESC); `None` if GSM-7 does not have it.
pub(super) fn septets(character: char) -> Option<usize> {
    match SEPTETS.get(character as usize) {
        Some(0) => None,
        Some(&septets) => Some(usize::from(septets)),
        None if character == EURO => Some(2),
        None => None,
    }
}
