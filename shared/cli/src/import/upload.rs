//! The import itself: piece after piece, each until it is in.

use std::{fs::File, path::Path};

use domain::ids::BookId;
use thiserror::Error;
use tokio::time::sleep;

use super::{Piece, Pieces, PiecesError, Progress};
use crate::client::{Client, ClientError, ImportSummary, retry::wait_before_repeating};

/// Why an import ended early. What is done stays done, and a repetition goes on from there.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file.
    #[error(transparent)]
    Pieces(#[from] PiecesError),
    /// The API.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Imports the file at `path` into a book, in pieces of at most `piece_bytes`. After each it tells
/// `on_piece` the rows before it, what came of it, and how far the whole is. Waits as long as the API
/// asks for where it is busy.
///
/// # Errors
/// Where the file cannot be read, or the API refuses.
pub async fn upload(
    client: &Client,
    book: BookId,
    path: &Path,
    piece_bytes: usize,
    mut on_piece: impl FnMut(u64, &ImportSummary, &Progress),
) -> Result<Progress, ImportError> {
    let mut progress = Progress::find(path, book).map_err(PiecesError::File)?;
    let file = File::open(path).map_err(PiecesError::File)?;
    let mut pieces = Pieces::new(file, piece_bytes, progress.position())?;
    while let Some(piece) = pieces.cut()? {
        let summary = import(client, book, &piece).await?;
        let rows_before = progress.rows;
        progress.advance(&piece, &summary);
        on_piece(rows_before, &summary, &progress);
        // Without the note a repetition begins anew, which does no harm.
        if let Err(error) = progress.keep(path, book) {
            tracing::warn!(%error, "how far the import came could not be noted");
        }
    }
    Progress::forget(path, book);
    Ok(progress)
}

async fn import(client: &Client, book: BookId, piece: &Piece) -> Result<ImportSummary, ClientError> {
    let mut attempt = 1;
    loop {
        match client.import(book, piece.csv.clone()).await {
            Ok(summary) => return Ok(summary),
            Err(error) => sleep(wait_before_repeating(&error, attempt).ok_or(error)?).await,
        }
        attempt += 1;
    }
}
