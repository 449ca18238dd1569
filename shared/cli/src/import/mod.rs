//! Importing a CSV file of any size into a book, through the API, a few requests' worth at a time.
//!
//! Used by the operator's `import`. The file is streamed and cut between its rows, so memory holds one
//! piece; how far it came is kept in a small file beside it, so that an import that was cut short goes
//! on where it was. Sending a piece twice changes nothing.

mod pieces;
mod progress;
mod upload;

pub use pieces::{Piece, Pieces, PiecesError};
pub use progress::Progress;
pub use upload::{ImportError, upload};
