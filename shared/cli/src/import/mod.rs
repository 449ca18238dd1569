//! Importing a file of contacts into a book, through the API, a few requests' worth at a time.
//!
//! Used by the operator's `import`. The steps, in order:
//!
//! 1. [`ContactFile::read`] reads the whole file, CSV or workbook, and refuses what cannot be trusted
//!    before anything is sent.
//! 2. [`Pieces`] cuts it between its rows; each piece is a file of its own, with the header.
//! 3. [`upload`] sends piece after piece, each until it is in, and keeps its [`Progress`] in a small file beside the
//!    imported one, so that an import that was cut short continues. Sending a piece twice changes nothing.
//! 4. [`RefusedRows`] writes the rows that are no contacts, with the reasons, for a person to mend.

mod contents;
mod pieces;
mod progress;
mod refused;
mod source;
mod upload;
mod workbook;

pub use contents::{ContactFile, FileError, Reading};
pub use pieces::{Piece, Pieces, SourceRow};
pub use progress::{InvalidRow, Progress, Totals};
pub use refused::{Existing, RefusedRows};
pub use source::SourceError;
pub use upload::{Event, Import, ImportError, Stop, upload};
pub use workbook::{Sheet, WorkbookError};
