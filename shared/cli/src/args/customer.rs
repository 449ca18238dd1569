//! The arguments of `import` and `send`.

use std::{fmt, path::PathBuf};

use clap::Args;

use super::values;
use crate::client::IdempotencyKey;

/// The API accepts five megabytes; a piece's last row needs some of them.
const MAX_PIECE_KB: u32 = 4_900;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// Id or name of the address book
    pub(crate) book: String,
    /// CSV file or workbook (.xlsx, .xlsb, .xls, .ods) with a header row; - for standard input
    pub(crate) file: PathBuf,
    /// Create the address book if there is none with this name
    #[arg(long)]
    pub(crate) create: bool,
    /// Column of a field, such as phone=Simu; can be repeated
    ///
    /// The fields are phone, country_code (of the phone), first_name, last_name, name, email and notes. A field that is
    /// not named here is found by the usual names of its columns. Of several phone columns the first with a number
    /// counts.
    #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = values::column)]
    pub(crate) columns: Vec<String>,
    /// Country of numbers without a country code, such as UG; without it, the organisation's
    #[arg(long, value_name = "COUNTRY", value_parser = values::country)]
    pub(crate) country: Option<String>,
    /// Sheet of a workbook; without it, the first
    #[arg(long, value_name = "NAME")]
    pub(crate) sheet: Option<String>,
    /// Import a file without a phone column, and rows without a number
    #[arg(long)]
    pub(crate) allow_no_phone: bool,
    /// Write the invalid rows to this new CSV file, with their lines and the reasons
    ///
    /// The file has the columns of the imported one. Correct its rows, and import it. If no row is invalid, there is no file.
    #[arg(long, value_name = "FILE")]
    pub(crate) refused: Option<PathBuf>,
    /// Replace the file of --refused if it exists
    #[arg(long, requires = "refused")]
    pub(crate) overwrite: bool,
    /// Size of one request, in kilobytes
    #[arg(long, value_name = "KB", default_value_t = 1_000, value_parser = piece_kb)]
    pub(crate) piece_kb: u32,
}

fn piece_kb(text: &str) -> Result<u32, String> {
    values::whole_number(text, 1, MAX_PIECE_KB)
}

#[derive(Args)]
pub(crate) struct SendArgs {
    /// Id or name of an address book; can be repeated
    #[arg(long = "book", value_name = "BOOK", required = true)]
    pub(crate) books: Vec<String>,
    /// Text of the message
    #[arg(long)]
    pub(crate) message: String,
    /// Sender id; without it, the organisation's default
    #[arg(long)]
    pub(crate) sender: Option<String>,
    /// Start time, such as 2027-01-31T09:00:00+03:00; without it, now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Refuse the send if it costs more than this
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) max_cost: Option<String>,
    /// Send placeholders such as {first_name} as they are written: texts are not personalised
    #[arg(long)]
    pub(crate) allow_placeholders: bool,
    /// Only show the recipients, the price and the contacts that are left out
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Send without showing the estimate and asking; needed if there is no terminal
    #[arg(long, short)]
    pub(crate) yes: bool,
    /// A send that was accepted under this key is not sent again; without it, a random key
    ///
    /// If a send ends without an answer, its key is shown: repeat the send with it.
    #[arg(long, value_name = "KEY", conflicts_with = "dry_run")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    /// Watch the campaign until it is finished or paused
    #[arg(long)]
    pub(crate) follow: bool,
}

impl fmt::Debug for SendArgs {
    /// Leaves out the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendArgs").field("books", &self.books).finish_non_exhaustive()
    }
}
