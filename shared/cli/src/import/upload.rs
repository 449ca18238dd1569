//! The import itself: piece after piece, each until it is in.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use contact_files::{Field, MalformedQuote, TableError};
use domain::ids::BookId;
use form_urlencoded::Serializer;
use platform::http::HttpError;
use thiserror::Error;
use tokio::time::sleep;

use super::{
    ContactFile, Existing, InvalidRow, Piece, Pieces, Progress, Reading, RefusedRows, SourceRow, Totals,
    progress, refused::still_has,
};
use crate::{
    client::{Client, ClientError, ImportSummary, NamedRow, retry::wait_before_repeating},
    terminal::note,
};

/// Bad rows that the API names in one answer at most.
const MOST_NAMED: usize = 1_000;
/// Requests of one piece that the API asked to repeat. They are not failed attempts: each stores more of the piece, or
/// waits for other imports of the organisation.
const MOST_ASKED_FOR_AGAIN: u32 = 100;
const CUT_SHORT: &str = "cut_short";
const IMPORT_BUSY: &str = "import_busy";

/// Why an import ended early.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read. [`ContactFile::read`] rejects such files before.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The refused rows cannot be written.
    #[error("{} cannot be written", path.display())]
    RefusedRows {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The file for the refused rows exists, and is not this import's.
    #[error("{} exists; name another file with --refused, or add --overwrite to replace it", .0.display())]
    RefusedExists(PathBuf),
    /// The import stopped before the end. Without a source, a person has interrupted it.
    #[error("{0}")]
    Stopped(Stop, #[source] Option<ClientError>),
}

impl From<MalformedQuote> for ImportError {
    fn from(error: MalformedQuote) -> Self {
        Self::Table(error.into())
    }
}

/// The position at which an import stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    pub rows_done: u64,
    /// Rows of the file.
    pub rows: u64,
    /// The line of the first row that is not done, as a spreadsheet counts.
    pub line: u64,
    /// Whether some of the following rows may be stored: the last request has no answer.
    pub is_partial: bool,
    /// Whether a repeated command continues after the stored rows.
    pub continues: bool,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows_done, rows, line, is_partial, continues } = self;
        if *rows_done == 0 && !is_partial {
            return f.write_str("nothing was imported");
        }
        write!(f, "the import stopped: {rows_done} of {rows} rows are done; ")?;
        match is_partial {
            true => write!(f, "some rows from line {line} on may be stored. ")?,
            false => write!(f, "the rows from line {line} on are not stored. ")?,
        }
        f.write_str(match continues {
            true => "If the command is repeated, it continues there",
            false => "If the command is repeated, it starts from the beginning, and adds no contact twice",
        })
    }
}

/// An import of one file into one book.
pub struct Import<'a> {
    pub client: &'a Client,
    pub book: BookId,
    pub file: &'a ContactFile,
    /// The file's path; `-` is standard input.
    pub path: &'a Path,
    /// Size of a request's body, about.
    pub piece_bytes: usize,
    /// The file for the refused rows.
    pub refused: Option<&'a Path>,
    /// What to do if the file of refused rows exists.
    pub existing: Existing,
}

/// An event of a running import.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A piece is done, or the import begins.
    Done(&'a Totals),
    /// A request failed, and is repeated after the wait.
    Waits(&'a ClientError, Duration),
}

/// Rows that are not contacts, with their reasons.
type BadRows<'a> = Vec<(SourceRow<'a>, NamedRow)>;

/// Imports a file, and reports its progress to `on_event`. It waits as long as the API asks for, and ends early once
/// `interrupted` is ready.
///
/// # Errors
/// If the API refuses or cannot be reached, or the refused rows cannot be written.
pub async fn upload(
    import: Import<'_>,
    mut on_event: impl FnMut(Event<'_>),
    interrupted: impl Future<Output = ()>,
) -> Result<Totals, ImportError> {
    let mut interrupted = std::pin::pin!(interrupted);
    let mut place = progress::place(import.path, import.book);
    let mut progress = import.earlier_progress(place.as_deref());
    on_event(Event::Done(&progress.totals));
    let mut refused = import.refused_rows(progress.refused_bytes)?;
    let mut pieces = Pieces::new(import.file.table()?, import.piece_bytes, progress.totals.rows)?;
    while let Some(piece) = pieces.cut()? {
        let stop = |source| import.stopped(&progress, &piece, place.is_some(), source);
        let sent = tokio::select! {
            sent = import.send_piece(&piece, &mut on_event) => sent.map_err(|error| stop(Some(error)))?,
            () = interrupted.as_mut() => return Err(stop(None)),
        };
        if let Some(refused) = &mut refused {
            let rows = sent.bad_rows.iter().map(|(row, named)| (*row, named.reason.as_str()));
            progress.refused_bytes = refused.write(rows).map_err(|source| import.not_written(source))?;
        }
        let bad_rows = sent.bad_rows.iter().map(|(row, named)| invalid(*row, named, progress.totals.rows));
        let bad_rows = bad_rows.collect();
        progress.totals.repeated_requests += u64::from(sent.was_repeated);
        progress.totals.add(piece.rows.len(), &sent.summary, bad_rows);
        on_event(Event::Done(&progress.totals));
        place = place.filter(|place| is_kept(&progress, place));
    }
    if let (Some(refused), Some(path)) = (refused, import.refused) {
        refused.finish(path, progress.totals.invalid);
    }
    if let Some(place) = &place {
        Progress::forget(place);
    }
    Ok(progress.totals)
}

/// The result of a piece.
struct SentPiece<'a> {
    summary: ImportSummary,
    bad_rows: BadRows<'a>,
    was_repeated: bool,
}

impl Import<'_> {
    /// The progress of an earlier run, if the refused rows that it wrote still exist.
    fn earlier_progress(&self, place: Option<&Path>) -> Progress {
        let progress = Progress::find(place, &self.fingerprint());
        match self.refused {
            Some(path) if !still_has(path, progress.refused_bytes) => Progress::none(&self.fingerprint()),
            _ => progress,
        }
    }

    /// Identifies the file, how it is read, and the file of refused rows. If one of these differs, the import starts
    /// from the beginning, because the file of refused rows would lack the first rows.
    fn fingerprint(&self) -> String {
        let refused = self.refused.map(|path| path.display().to_string());
        format!("{} {}", self.file.fingerprint(), refused.unwrap_or_default())
    }

    fn refused_rows(&self, bytes: u64) -> Result<Option<RefusedRows>, ImportError> {
        let Some(path) = self.refused else { return Ok(None) };
        let opened = RefusedRows::open(path, &self.file.table()?, bytes, self.existing);
        opened.map(Some).map_err(|source| self.not_written(source))
    }

    fn not_written(&self, source: io::Error) -> ImportError {
        let path = self.refused.unwrap_or(Path::new("")).to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => ImportError::RefusedExists(path),
            _ => ImportError::RefusedRows { path, source },
        }
    }

    fn stopped(
        &self,
        progress: &Progress,
        piece: &Piece<'_>,
        continues: bool,
        source: Option<ClientError>,
    ) -> ImportError {
        let stop = Stop {
            rows_done: progress.totals.rows,
            rows: self.file.rows,
            line: piece.rows.first().map_or(0, |row| row.line),
            is_partial: source.as_ref().is_none_or(|error| !error.is_definite()),
            continues,
        };
        ImportError::Stopped(stop, source)
    }

    /// Sends a piece until it is stored. If the refused rows are written, all bad rows are requested: if a piece has
    /// more of them than one answer names, its parts are sent again, which changes nothing.
    async fn send_piece<'p>(
        &self,
        piece: &'p Piece<'_>,
        on_event: &mut impl FnMut(Event<'_>),
    ) -> Result<SentPiece<'p>, ClientError> {
        let (summary, was_repeated) = self.send(piece.csv(), on_event).await?;
        let mut bad_rows = bad_rows(&piece.rows, &summary);
        if self.refused.is_some() && (bad_rows.len() as u64) < summary.invalid_count {
            bad_rows.clear();
            for (csv, rows) in piece.parts(MOST_NAMED) {
                bad_rows.extend(self::bad_rows(rows, &self.send(csv, on_event).await?.0));
            }
        }
        Ok(SentPiece { summary, bad_rows, was_repeated })
    }

    /// Sends a body until the API has stored all of it. Returns whether an attempt before the last may have stored
    /// a part of it.
    async fn send(
        &self,
        csv: Bytes,
        on_event: &mut impl FnMut(Event<'_>),
    ) -> Result<(ImportSummary, bool), ClientError> {
        let query = query(self.file.reading(), self.refused.is_some());
        let (mut attempt, mut asked_for_again, mut was_repeated) = (1, 0, false);
        loop {
            let error = match self.client.import_read_as(self.book, csv.clone(), &query).await {
                Ok(summary) => return Ok((summary, was_repeated)),
                Err(error) => error,
            };
            was_repeated |= may_have_stored(&error);
            let Some(wait) = wait_before_repeating(&error, attempt) else { return Err(error) };
            let is_asked_for = [CUT_SHORT, IMPORT_BUSY].iter().any(|code| has(&error, code));
            match is_asked_for && asked_for_again < MOST_ASKED_FOR_AGAIN {
                true => asked_for_again += 1,
                false => attempt += 1,
            }
            if !has(&error, CUT_SHORT) {
                on_event(Event::Waits(&error, wait));
            }
            sleep(wait).await;
        }
    }
}

fn has(error: &ClientError, code: &str) -> bool {
    matches!(error, ClientError::Refused(refusal) if refusal.code == code)
}

/// Whether contacts may be stored although the request failed.
fn may_have_stored(error: &ClientError) -> bool {
    match error {
        ClientError::Http { error, .. } => matches!(error, HttpError::Lost { .. }),
        ClientError::Refused(refusal) => refusal.status.is_server_error(),
        ClientError::NotOurs { status, .. } => status.is_server_error(),
        ClientError::NotAUrl(_) | ClientError::NotEncrypted(_) | ClientError::Tls(_) => false,
    }
}

/// The query that says how the API reads each piece; it begins with `?` or is empty.
fn query(reading: &Reading, names_all: bool) -> String {
    let mut query = Serializer::new(String::new());
    if names_all {
        query.append_pair("named", &MOST_NAMED.to_string());
    }
    // A comma would end the entry; a name matches without its punctuation.
    let entry = |(field, column): (Field, &str)| format!("{}:{}", field.name(), column.replace(',', " "));
    let columns: Vec<_> = reading.options.choice.entries().map(entry).collect();
    if !columns.is_empty() {
        query.append_pair("columns", &columns.join(","));
    }
    if reading.options.allow_no_phone {
        query.append_pair("allow_no_phone", "true");
    }
    if let Some(country) = &reading.country {
        query.append_pair("country", country);
    }
    match query.finish() {
        empty if empty.is_empty() => empty,
        query => format!("?{query}"),
    }
}

/// The rows that an answer names.
fn bad_rows<'a>(rows: &[SourceRow<'a>], summary: &ImportSummary) -> BadRows<'a> {
    let row = |named: &NamedRow| rows.get(usize::try_from(named.row.checked_sub(1)?).ok()?).copied();
    summary.invalid.iter().filter_map(|named| Some((row(named)?, named.clone()))).collect()
}

fn invalid(row: SourceRow<'_>, named: &NamedRow, rows_before: u64) -> InvalidRow {
    let NamedRow { row: number, phone, reason } = named.clone();
    InvalidRow { row: rows_before + number, line: row.line, phone, reason }
}

/// Whether the progress was saved. Without it a repeated command starts from the beginning, which does no harm.
fn is_kept(progress: &Progress, place: &Path) -> bool {
    let kept = progress.keep(place);
    if let Err(error) = &kept {
        note(format_args!(
            "The progress cannot be saved next to the file ({error}): a repeated command starts from the beginning."
        ));
    }
    kept.is_ok()
}

#[cfg(test)]
mod tests {
    use contact_files::{ColumnChoice, Options};

    use super::*;

    #[test]
    fn the_error_of_a_stopped_import_says_which_rows_are_stored_and_how_to_continue() {
        let stop = |rows_done, is_partial, continues| {
            Stop { rows_done, rows: 9, line: rows_done + 2, is_partial, continues }.to_string()
        };
        assert_eq!(stop(0, false, true), "nothing was imported");
        let begins = "the import stopped: 0 of 9 rows are done; some rows from line 2 on may be stored. \
                      If the command is repeated, it starts from the beginning, and adds no contact twice";
        assert_eq!(stop(0, true, false), begins);
        let continues = "the import stopped: 5 of 9 rows are done; the rows from line 7 on are not stored. \
                         If the command is repeated, it continues there";
        assert_eq!(stop(5, false, true), continues);
    }

    #[test]
    fn the_query_says_how_to_read() {
        assert_eq!(query(&Reading::default(), false), "");
        let choice = ColumnChoice::parse("phone:Simu ya mkononi,first_name:Jina").unwrap();
        let options = Options { choice, allow_no_phone: true };
        let reading = Reading { options, country: Some("UG".to_owned()), ..Reading::default() };
        let expected = "?named=1000&columns=phone%3ASimu+ya+mkononi%2Cfirst_name%3AJina&allow_no_phone=true\
                        &country=UG";
        assert_eq!(query(&reading, true), expected);
    }
}
