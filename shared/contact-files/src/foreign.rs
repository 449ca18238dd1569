//! Recognises bodies that are not a table of text, such as workbooks.

use std::fmt;

/// A kind of file that cannot be read as separated text. `Display` completes "The file is …".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Foreign {
    /// `.xlsx`, and other workbooks in a zip archive.
    Workbook,
    /// `.xls` of Excel 97 to 2003.
    OldWorkbook,
    /// `.ods` of LibreOffice and OpenOffice.
    OpenDocument,
    /// `.numbers` of Apple.
    Numbers,
    /// `.docx` and `.odt` of word processors.
    TextDocument,
    /// A zip archive of another kind.
    Archive,
    /// Compressed by gzip.
    Gzip,
    /// A PDF document.
    Pdf,
    /// A web page, which some programs save as `.xls` or `.csv`.
    Html,
    /// XML, such as an Excel 2003 spreadsheet.
    Xml,
    /// Contacts of a phone, `.vcf`.
    VCard,
    Json,
    /// A form of a web page with the file in it (`multipart/form-data`).
    Form,
    /// Rich text, of a word processor.
    RichText,
    /// The messages of a chat, as WhatsApp exports them.
    Chat,
    Image,
}

/// How many bytes of a file are looked at.
const LOOKED_AT: usize = 2_048;

impl Foreign {
    /// The kind of file that the bytes begin as; `None` if they may be separated text.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
        let magic: [(&[u8], Self); 9] = [
            (b"\xd0\xcf\x11\xe0", Self::OldWorkbook),
            // Excel 2 to 4 without a container.
            (b"\x09\x08", Self::OldWorkbook),
            (b"%PDF", Self::Pdf),
            (b"\x1f\x8b", Self::Gzip),
            (b"{\\rtf", Self::RichText),
            (b"\x89PNG", Self::Image),
            (b"\xff\xd8\xff", Self::Image),
            (b"GIF8", Self::Image),
            (b"BM\x00", Self::Image),
        ];
        if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            return Some(Self::zipped(bytes));
        }
        let found = magic.into_iter().find(|(magic, _)| start.starts_with(magic));
        found.map(|(_, kind)| kind).or_else(|| Self::written(start))
    }

    /// The kind of a zip archive, by the names of its files: they are in it as they are.
    fn zipped(bytes: &[u8]) -> Self {
        let holds = |name: &[u8]| memchr::memmem::find(bytes, name).is_some();
        if holds(b"opendocument.spreadsheet") {
            Self::OpenDocument
        } else if holds(b"Index/Document.iwa") {
            Self::Numbers
        } else if holds(b"xl/") {
            Self::Workbook
        } else if holds(b"word/document.xml") || holds(b"opendocument.text") {
            Self::TextDocument
        } else {
            Self::Archive
        }
    }

    /// The kind of a text, by its first words.
    fn written(start: &[u8]) -> Option<Self> {
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let start = String::from_utf8_lossy(start).trim_start().to_ascii_lowercase();
        let is_html = ["<!doctype html", "<html", "<table", "<head", "<body", "<style", "<meta", "<div"]
            .iter()
            .any(|tag| start.starts_with(tag));
        let is_json = start.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', ']']))
            || start.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '}']));
        match start {
            _ if is_html => Some(Self::Html),
            _ if start.starts_with("<?xml") && start.contains("<html") => Some(Self::Html),
            _ if start.starts_with("<?xml") => Some(Self::Xml),
            _ if start.starts_with("begin:vcard") => Some(Self::VCard),
            _ if is_json => Some(Self::Json),
            _ if start.starts_with("--") && start.contains("\ncontent-disposition: form-data") => {
                Some(Self::Form)
            }
            _ if start.lines().next().is_some_and(is_chat_message) => Some(Self::Chat),
            _ => None,
        }
    }

    /// The advice to a user who gave a file of this kind.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Workbook | Self::OldWorkbook | Self::OpenDocument => {
                "In the spreadsheet, save it as \"CSV UTF-8\", or import it with the command line"
            }
            Self::Numbers => "In Numbers, export it as CSV",
            Self::Archive | Self::Gzip => "Unpack it first",
            Self::Html | Self::Xml => "Open it in a spreadsheet, and save it as \"CSV UTF-8\"",
            Self::VCard => {
                "Import it into an address book such as Google Contacts, and export it there as CSV"
            }
            Self::Form => "Send the file itself as the body, as curl does with --data-binary @FILE",
            Self::Json => "Send it with the Content-Type application/json",
            Self::Chat => "Export the contacts of the phone as CSV, for example with Google Contacts",
            Self::Pdf | Self::RichText | Self::TextDocument | Self::Image => {
                "Export the contacts as CSV from the program that holds them"
            }
        }
    }
}

/// `28/11/2026, 14:05 - Amina: …`, `[28.11.26, 14:05:33] Amina: …`
fn is_chat_message(line: &str) -> bool {
    let line = line.trim_start_matches(['[', '\u{200e}']);
    let Some((date, rest)) = line.split_once(", ") else { return false };
    let is_date = date.len() >= 6 && date.chars().all(|c| c.is_ascii_digit() || "/.-".contains(c));
    let Some((time, text)) = rest.split_once("] ").or_else(|| rest.split_once(" - ")) else { return false };
    let is_time = time.starts_with(|c: char| c.is_ascii_digit()) && time.contains(':');
    is_date && is_time && time.len() <= 16 && text.contains(' ')
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workbook => "an Excel workbook (.xlsx)",
            Self::OldWorkbook => "an Excel workbook (.xls)",
            Self::OpenDocument => "an OpenDocument spreadsheet (.ods)",
            Self::Numbers => "an Apple Numbers spreadsheet (.numbers)",
            Self::Archive => "a zip archive",
            Self::Gzip => "compressed by gzip",
            Self::Pdf => "a PDF document",
            Self::Html => "an HTML page, perhaps saved with the name of a spreadsheet",
            Self::Xml => "an XML document, perhaps a spreadsheet of Excel 2003",
            Self::VCard => "a vCard file (.vcf)",
            Self::Json => "JSON",
            Self::Form => "a form with a file in it (multipart/form-data)",
            Self::RichText => "a rich text document (.rtf)",
            Self::TextDocument => "a document of a word processor",
            Self::Chat => "an exported chat",
            Self::Image => "an image",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_known_by_its_beginning() {
        let cases: [(&[u8], Foreign); 16] = [
            (b"PK\x03\x04\x14\x00 xl/workbook.xml", Foreign::Workbook),
            (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheetPK", Foreign::OpenDocument),
            (b"PK\x03\x04 Index/Document.iwa", Foreign::Numbers),
            (b"PK\x03\x04 contacts.csv", Foreign::Archive),
            (b"PK\x03\x04 word/document.xml", Foreign::TextDocument),
            (b"28/11/2026, 14:05 - Amina: Karibu, 0712345678", Foreign::Chat),
            (b"\xef\xbb\xbf\xe2\x80\x8e[28.11.26, 2:05:33\xe2\x80\xafPM] Amina: Karibu", Foreign::Chat),
            (b"11/28/26, 2:05 PM - Messages are end-to-end encrypted", Foreign::Chat),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign::OldWorkbook),
            (b"%PDF-1.7", Foreign::Pdf),
            (b"\xef\xbb\xbf\r\n<!DOCTYPE HTML><html>", Foreign::Html),
            (b"<table border=1><tr><td>Phone", Foreign::Html),
            (b"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>", Foreign::Xml),
            (b"BEGIN:VCARD\nVERSION:3.0", Foreign::VCard),
            (b" [\n {\"phone\": 1}]", Foreign::Json),
            (b"{\"phone\": 1}", Foreign::Json),
        ];
        for (bytes, kind) in cases {
            assert_eq!(Foreign::of(bytes), Some(kind), "{kind}");
        }
        for text in [
            "",
            "28/11/2026, 14:05,phone",
            "1, 2 - phone",
            "phone\n0712345678",
            "PK,phone\n",
            "[phone],name\n",
            "<phone>,name\n",
            "{phone},x",
        ] {
            assert_eq!(Foreign::of(text.as_bytes()), None, "{text}");
        }
    }
}
