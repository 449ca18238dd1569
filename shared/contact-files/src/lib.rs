//! Reads contact files: the encoding, the separator, the rows and the columns.
//!
//! Called by the function `books` for the body of an import, and by the command line, which checks a whole file before
//! it sends the first piece. The steps:
//!
//! 1. [`decode`] converts bytes to text, or names their kind ([`Foreign`]).
//! 2. [`Table::open`] finds the separator and the header, and the meaning of each column ([`Columns`]).
//! 3. [`Table::next_row`] reads a row: its fields, its phone candidates and its line.
//! 4. [`check`] reads all rows, so that a file with a quote that is never closed is refused before anything is sent.
//!
//! The crate has no input and output, knows no phone number and stores nothing. Its errors repeat names of columns, and
//! never a cell of a row.

mod choice;
mod columns;
mod field;
mod folding;
mod foreign;
mod header;
mod records;
mod separator;
mod table;
mod text;
mod vocabulary;
mod write;

pub use choice::{ChoiceError, ColumnChoice};
pub use columns::Columns;
pub use field::Field;
pub use foreign::Foreign;
pub use records::{MAX_COLUMNS, MalformedQuote, QuoteFault, Record, Records};
pub use table::{Options, Row, Table, TableError, check};
pub use text::{DecodeError, Text, decode, lost_characters_line};
pub use write::push_record;
