//! Imports a file of contacts into a book through the API, in pieces of a few requests' size.
//!
//! Used by the command `import`. The steps:
//!
//! 1. [`ContactFile::read`] reads the whole file, CSV or workbook, and refuses an unreliable one before anything is
//!    sent.
//! 2. [`Pieces`] cuts it between its rows; each piece is a file with the header.
//! 3. [`upload`] sends the pieces one after another, each until it is stored, and keeps its [`Progress`] in a small
//!    file next to the imported one, so that an import that was cut short continues. Sending a piece twice changes
//!    nothing.
//! 4. [`RefusedRows`] writes the rows that are not contacts, with the reasons, so that a person can correct them.

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
