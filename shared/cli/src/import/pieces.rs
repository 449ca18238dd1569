//! A CSV file cut into CSV files, each with the header, none cut within a row.

use std::io::{Read, Seek};

use bytes::Bytes;
use csv::{ByteRecord, Position, Reader, ReaderBuilder, WriterBuilder};
use thiserror::Error;

/// Why a file cannot be cut. Quotes nothing of it.
#[derive(Debug, Error)]
pub enum PiecesError {
    /// It is no CSV.
    #[error("the file is not readable CSV{}", .line.map(|line| format!(" at line {line}")).unwrap_or_default())]
    Unreadable {
        /// Where, from 1.
        line: Option<u64>,
    },
    /// It cannot be read.
    #[error("the file cannot be read")]
    File(#[source] std::io::Error),
}

impl From<csv::Error> for PiecesError {
    fn from(error: csv::Error) -> Self {
        let line = error.position().map(Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(source) => Self::File(source),
            _ => Self::Unreadable { line },
        }
    }
}

/// A part of a file. No `Debug`: it holds contacts.
pub struct Piece {
    /// The header and some rows.
    pub csv: Bytes,
    /// Rows, the header not counted.
    pub rows: u64,
    /// Where the file goes on after it.
    pub end: Position,
}

/// The pieces of a file, in order.
pub struct Pieces<R> {
    reader: Reader<R>,
    header: ByteRecord,
    bytes_max: usize,
    row: ByteRecord,
    has_row: bool,
}

impl<R: Read + Seek> Pieces<R> {
    /// Cuts `file` into pieces of about `bytes_max`, from its beginning or from the end of a piece.
    ///
    /// # Errors
    /// Where its header cannot be read.
    pub fn new(file: R, bytes_max: usize, from: Option<Position>) -> Result<Self, PiecesError> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(file);
        let header = reader.byte_headers()?.clone();
        if let Some(from) = from {
            reader.seek(from)?;
        }
        Ok(Self { reader, header, bytes_max, row: ByteRecord::new(), has_row: false })
    }

    /// The next piece; nothing at the end of the file.
    ///
    /// # Errors
    /// Where the file cannot be read on.
    pub fn cut(&mut self) -> Result<Option<Piece>, PiecesError> {
        let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_byte_record(&self.header)?;
        let (mut bytes, mut rows) = (self.header.as_slice().len(), 0);
        // A row that would not fit any more stays for the next piece.
        while let Some(row_bytes) = self.read_row()?
            && (rows == 0 || bytes + row_bytes <= self.bytes_max)
        {
            writer.write_byte_record(&self.row)?;
            self.has_row = false;
            bytes += row_bytes;
            rows += 1;
        }
        let csv = writer.into_inner().map_err(|error| PiecesError::File(error.into_error()))?;
        let end = if self.has_row { self.row.position().cloned() } else { None };
        let end = end.unwrap_or_else(|| self.reader.position().clone());
        Ok((rows > 0).then(|| Piece { csv: csv.into(), rows, end }))
    }

    /// The size of the row that is next, read where it is not yet.
    fn read_row(&mut self) -> Result<Option<usize>, PiecesError> {
        if !self.has_row {
            self.has_row = self.reader.read_byte_record(&mut self.row)?;
        }
        // Cells, and for each a comma and perhaps its quotes.
        Ok(self.has_row.then(|| self.row.as_slice().len() + 3 * self.row.len()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const FILE: &str = "\u{feff}phone,notes\n1,\"a\nb, c\"\n\n2,x\n3,y,z\n4,\"\"\"q\"\"\"\n5,\n";

    fn rows(csv: &[u8]) -> Vec<Vec<String>> {
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(csv);
        assert_eq!(reader.headers().unwrap(), vec!["phone", "notes"]);
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn pieces(bytes_max: usize, from: Option<Position>) -> Vec<Piece> {
        let mut pieces = Pieces::new(Cursor::new(FILE), bytes_max, from).unwrap();
        std::iter::from_fn(|| pieces.cut().unwrap()).collect()
    }

    #[test]
    fn the_pieces_together_are_the_file_whatever_their_size() {
        let whole = rows(FILE.as_bytes());
        for bytes_max in [1, 30, 40, 1_000] {
            let pieces = pieces(bytes_max, None);
            let together: Vec<_> = pieces.iter().flat_map(|piece| rows(&piece.csv)).collect();
            assert_eq!(together, whole, "{bytes_max}");
            assert_eq!(pieces.iter().map(|piece| piece.rows).sum::<u64>(), 5);
        }
        assert_eq!(pieces(1, None).len(), 5);
        assert_eq!(pieces(1_000, None).len(), 1);
    }

    #[test]
    fn a_file_is_taken_up_again_after_any_piece() {
        let all = pieces(1, None);
        for (place, piece) in all.iter().enumerate() {
            let rest = pieces(1, Some(piece.end.clone()));
            let expected: Vec<_> = all[place + 1..].iter().map(|piece| piece.csv.clone()).collect();
            assert_eq!(rest.iter().map(|piece| piece.csv.clone()).collect::<Vec<_>>(), expected, "{place}");
        }
    }

    #[test]
    fn a_header_alone_has_no_piece() {
        let mut pieces = Pieces::new(Cursor::new("phone\n"), 100, None).unwrap();
        assert!(pieces.cut().unwrap().is_none());
    }
}
