//! The text of a file in any encoding.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use thiserror::Error;

use crate::foreign::Foreign;

/// U+FFFD in UTF-8.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
/// Bytes of a file that are examined for UTF-16 without a byte order mark.
const UTF_16_SAMPLE_BYTES: usize = 512;
/// At least one of this many units of UTF-16 has a zero byte: digits, separators and line ends have one, Arabic letters
/// do not.
const UTF_16_UNITS_PER_ZERO: usize = 5;
/// Fewer zero bytes are damage, and not an encoding.
const UTF_16_FEWEST_ZEROS: usize = 4;

/// Why bytes are not the text of a file.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum DecodeError {
    /// The file is of another kind.
    #[error("the file is {0}")]
    Foreign(Foreign),
    #[error("the charset {0} is not known")]
    UnknownCharset(String),
    /// The declared charset is not the file's.
    #[error("the file is not written in {charset}, as it says that it is (line {line})")]
    NotInCharset {
        /// Name of the charset.
        charset: &'static str,
        /// The first line that is not, from 1.
        line: u64,
    },
    /// The file has bytes that no text has.
    #[error("the file is not text: it has a zero byte in line {line}")]
    NotText {
        /// The first line that has one, from 1.
        line: u64,
    },
    /// Another program has replaced characters by U+FFFD.
    #[error(
        "the file has lost characters: it has the replacement character U+FFFD in line {line}, which programs write \
         in the place of what they cannot read"
    )]
    LostCharacters {
        /// The first line that has one, from 1.
        line: u64,
    },
}

/// A file's text, without a byte order mark. No `Debug`: it holds contacts.
#[derive(Clone, PartialEq, Eq)]
pub struct Text<'a> {
    pub text: Cow<'a, str>,
    /// The encoding in which the text was read, such as `UTF-8`.
    pub encoding: &'static str,
}

/// Reads a file's text. A byte order mark tells the encoding; else the declared charset, which the bytes must
/// be written in; else the bytes themselves: UTF-8 if they are, UTF-16 if every second byte is zero, and the most
/// probable old encoding otherwise, which is Windows-1252 for most of western Europe and Africa.
///
/// # Errors
/// If the bytes are of another kind of file, are not in the declared charset, or have lost characters.
pub fn decode<'a>(bytes: &'a [u8], declared: Option<&str>) -> Result<Text<'a>, DecodeError> {
    if let Some(kind) = Foreign::of(bytes) {
        return Err(DecodeError::Foreign(kind));
    }
    let declared = declared.map(charset).transpose()?;
    // API Gateway converts a text to UTF-8 and ignores the charset of its media type.
    if let Some(place) = memchr::memmem::find(bytes, REPLACEMENT)
        && str::from_utf8(bytes).is_ok()
    {
        return Err(DecodeError::LostCharacters { line: line_at(bytes, place) });
    }
    let (encoding, rest) = match Encoding::for_bom(bytes) {
        Some((encoding, mark_bytes)) => (encoding, bytes.get(mark_bytes..).unwrap_or_default()),
        None => (declared.or_else(|| utf_16(bytes)).unwrap_or_else(|| guess(bytes)), bytes),
    };
    let (text, faulty) = encoding.decode_without_bom_handling(rest);
    if faulty {
        return Err(not_in_charset(encoding, rest));
    }
    if let Some(kind) = Foreign::of(text.get(..text.len().min(256)).unwrap_or_default().as_bytes()) {
        return Err(DecodeError::Foreign(kind));
    }
    if let Some(place) = memchr::memchr(0, text.as_bytes()) {
        return Err(DecodeError::NotText { line: line_at(text.as_bytes(), place) });
    }
    match lost_characters_line(&text) {
        Some(line) => Err(DecodeError::LostCharacters { line }),
        None => Ok(Text { text, encoding: encoding.name() }),
    }
}

/// The first line of a text that has the replacement character U+FFFD, from 1.
pub fn lost_characters_line(text: &str) -> Option<u64> {
    let place = memchr::memmem::find(text.as_bytes(), REPLACEMENT)?;
    Some(line_at(text.as_bytes(), place))
}

fn charset(label: &str) -> Result<&'static Encoding, DecodeError> {
    let label = label.trim().trim_matches(['"', '\'']);
    let known = Encoding::for_label(label.as_bytes());
    known.ok_or_else(|| DecodeError::UnknownCharset(label.chars().take(64).collect()))
}

/// UTF-16 without a byte order mark: its digits and separators have a zero byte, always on the same side.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..UTF_16_SAMPLE_BYTES).unwrap_or(bytes);
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, units) = (zeros(0), zeros(1), sample.len() / 2);
    let are_enough = |zeros: usize| zeros >= UTF_16_FEWEST_ZEROS && zeros * UTF_16_UNITS_PER_ZERO >= units;
    match (even, odd) {
        (0, zeros) if are_enough(zeros) => Some(UTF_16LE),
        (zeros, 0) if are_enough(zeros) => Some(UTF_16BE),
        _ => None,
    }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    // A guess that the bytes contradict would refuse the file; Windows-1252 reads every byte.
    let (_, faulty) = guessed.decode_without_bom_handling(bytes);
    if faulty { WINDOWS_1252 } else { guessed }
}

fn not_in_charset(encoding: &'static Encoding, bytes: &[u8]) -> DecodeError {
    // The text up to the first fault has as many line breaks as the bytes before it.
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let line = lost_characters_line(&text).unwrap_or(1);
    DecodeError::NotInCharset { charset: encoding.name(), line }
}

fn line_at(bytes: &[u8], place: usize) -> u64 {
    1 + memchr::memchr_iter(b'\n', bytes.get(..place).unwrap_or_default()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], declared: Option<&str>) -> (String, &'static str) {
        let Text { text, encoding } = decode(bytes, declared).unwrap();
        (text.into_owned(), encoding)
    }

    fn utf_16_bytes(text: &str, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn every_encoding_of_a_spreadsheet_is_read_without_its_mark() {
        for text in ["phone,name\n0712345678,José Łukasz\n", "الهاتف,الاسم\n٠٧١٢٣٤٥٦٧٨,أمينة محمد علي\n"]
        {
            let utf_8 = (text.to_owned(), "UTF-8");
            assert_eq!(read(text.as_bytes(), None), utf_8);
            assert_eq!(read(format!("\u{feff}{text}").as_bytes(), None), utf_8);
        }
        let (latin, arabic) =
            ("phone,name\n0712345678,José Łukasz\n", "الهاتف,الاسم\n0712345678,أمينة محمد\n");
        for (mark, text) in [("\u{feff}", latin), ("", latin), ("\u{feff}", arabic), ("", arabic)] {
            let marked = format!("{mark}{text}");
            let little = utf_16_bytes(&marked, u16::to_le_bytes);
            assert_eq!(read(&little, None), (text.to_owned(), "UTF-16LE"), "{mark:?}");
            let big = utf_16_bytes(&marked, u16::to_be_bytes);
            assert_eq!(read(&big, None), (text.to_owned(), "UTF-16BE"), "{mark:?}");
        }
    }

    #[test]
    fn old_encodings_are_guessed_and_their_names_are_whole() {
        let cases: [(&[u8], &str); 3] = [
            (b"phone,first_name\n0712345678,Jos\xe9\n0733123456,Zo\xeb\n", "José"),
            (b"phone;nom\n0712345678;Fran\xe7ois Beno\xeet\n", "François Benoît"),
            (b"phone,name\n0712345678,O\x92Brien\n", "O’Brien"),
        ];
        for (bytes, name) in cases {
            let (text, encoding) = read(bytes, None);
            assert!(text.contains(name), "{text} in {encoding}");
        }
    }

    #[test]
    fn a_declared_charset_is_honoured_or_refused() {
        assert_eq!(read(b"Jos\xe9", Some("windows-1252")).0, "José");
        assert_eq!(read(b"Jos\xe9", Some("\"ISO-8859-1\"")).0, "José");
        assert_eq!(read("José".as_bytes(), Some("UTF-8")).0, "José");
        let refusal = |bytes: &[u8], charset: &str| decode(bytes, Some(charset)).err().unwrap();
        let utf_8 = DecodeError::NotInCharset { charset: "UTF-8", line: 2 };
        assert_eq!(refusal(b"phone\nJos\xe9", "utf-8"), utf_8);
        assert_eq!(refusal(b"phone", "klingon"), DecodeError::UnknownCharset("klingon".to_owned()));
    }

    #[test]
    fn lost_characters_and_zero_bytes_are_refused_with_their_line() {
        let refusal = |bytes: &[u8]| decode(bytes, None).err().unwrap();
        let lost = "phone,name\n1,A\n2,Jos\u{fffd}\n";
        assert_eq!(refusal(lost.as_bytes()), DecodeError::LostCharacters { line: 3 });
        for declared in ["utf-8", "windows-1252", "utf-16"] {
            let lost = decode(lost.as_bytes(), Some(declared)).err();
            assert_eq!(lost, Some(DecodeError::LostCharacters { line: 3 }), "{declared}");
        }
        assert_eq!(refusal(b"phone\n07\x0012"), DecodeError::NotText { line: 2 });
        assert_eq!(refusal(b"%PDF-1.4"), DecodeError::Foreign(Foreign::Pdf));
    }
}
