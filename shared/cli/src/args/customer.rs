//! What a customer says: of imports and sends.

use std::path::PathBuf;

use clap::Args;

use crate::client::IdempotencyKey;

/// The API takes five megabytes, less room for a piece's last row.
const MAX_PIECE_KB: i64 = 4_900;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The book's id, or its name
    pub(crate) book: String,
    /// The file, with a header row
    pub(crate) file: PathBuf,
    /// Make the book where none has that name
    #[arg(long)]
    pub(crate) create: bool,
    /// Kilobytes of one request
    #[arg(long, value_name = "KB", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=MAX_PIECE_KB))]
    pub(crate) piece_kb: u32,
}

#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// A book's id, or its name
    #[arg(long = "book", value_name = "BOOK", required = true)]
    pub(crate) books: Vec<String>,
    /// The text
    #[arg(long)]
    pub(crate) message: String,
    /// The sender id; the organisation's default where there is none
    #[arg(long)]
    pub(crate) sender: Option<String>,
    /// When to send, as in 2027-01-31T09:00:00+03:00; now where there is none
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// The most it may cost
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) max_cost: Option<String>,
    /// Only tell what it would come to
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Names the send: one that was accepted under this key is not sent again. Drawn where there is none,
    /// and shown where the send ends without an answer
    #[arg(long, value_name = "KEY", conflicts_with = "dry_run")]
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    /// Watch it until it is over
    #[arg(long)]
    pub(crate) follow: bool,
}
