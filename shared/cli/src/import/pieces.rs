//! Cuts a file of contacts into files, each with the header, without cutting a row.

use bytes::Bytes;
use contact_files::{MalformedQuote, Table};

/// A row of the file.
#[derive(Clone, Copy)]
pub struct SourceRow<'a> {
    /// The row as it is in the file, with the end of its line.
    pub raw: &'a str,
    /// Line in a spreadsheet, from 1.
    pub line: u64,
}

/// Some rows of a file. No `Debug`: it holds contacts.
pub struct Piece<'a> {
    /// The beginning of each piece: the separator, so that every piece is read with the same one, and the header.
    head: String,
    /// The rows, in the file's order; at least one.
    pub rows: Vec<SourceRow<'a>>,
}

impl Piece<'_> {
    /// The piece as a file.
    pub fn csv(&self) -> Bytes {
        csv(&self.head, &self.rows)
    }

    /// Parts of the piece as files, with at most this number of rows each.
    pub fn parts(&self, rows_max: usize) -> impl Iterator<Item = (Bytes, &[SourceRow<'_>])> {
        self.rows.chunks(rows_max).map(|rows| (csv(&self.head, rows), rows))
    }
}

fn csv(head: &str, rows: &[SourceRow<'_>]) -> Bytes {
    let bytes = head.len() + rows.iter().map(|row| row.raw.len()).sum::<usize>();
    let mut text = String::with_capacity(bytes);
    text.push_str(head);
    text.extend(rows.iter().map(|row| row.raw));
    text.into()
}

/// The pieces of a file, in order.
pub struct Pieces<'a> {
    table: Table<'a>,
    head: String,
    bytes_max: usize,
    next: Option<SourceRow<'a>>,
}

impl<'a> Pieces<'a> {
    /// Cuts a file into pieces of about `bytes_max`, without its first `rows_done` rows.
    ///
    /// # Errors
    /// If a row is malformed.
    pub fn new(mut table: Table<'a>, bytes_max: usize, rows_done: u64) -> Result<Self, MalformedQuote> {
        let mut header = table.header().trim_end_matches(['\r', '\n']).to_owned();
        header.push('\n');
        let head = format!("sep={}\n{header}", table.separator());
        for _ in 0..rows_done {
            table.next_row()?;
        }
        let mut pieces = Self { table, head, bytes_max, next: None };
        pieces.step()?;
        Ok(pieces)
    }

    /// The next piece; `None` at the end of the file.
    ///
    /// # Errors
    /// If a row is malformed.
    pub fn cut(&mut self) -> Result<Option<Piece<'a>>, MalformedQuote> {
        let mut piece = Piece { head: self.head.clone(), rows: Vec::new() };
        let mut bytes = self.head.len();
        // A row that no longer fits stays for the next piece.
        while let Some(row) = self.next
            && (piece.rows.is_empty() || bytes + row.raw.len() <= self.bytes_max)
        {
            bytes += row.raw.len();
            piece.rows.push(row);
            self.step()?;
        }
        Ok((!piece.rows.is_empty()).then_some(piece))
    }

    /// The first line of the next piece; `None` at the end of the file.
    pub fn next_line(&self) -> Option<u64> {
        self.next.map(|row| row.line)
    }

    fn step(&mut self) -> Result<(), MalformedQuote> {
        let row = self.table.next_row()?;
        self.next = row.map(|row| SourceRow { raw: row.raw(), line: row.line });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use contact_files::{Field, Options};

    use super::*;

    const FILE: &str =
        "Members, 2026\nphone;notes\r\n1;\"a\nb; c\"\r\n\r\n2;x\r\n3;y,z;\r\n4;\"\"\"q\"\"\"\r\n5;";

    fn open(text: &str) -> Table<'_> {
        Table::open(text, &Options::default()).unwrap()
    }

    fn rows(csv: &[u8]) -> Vec<String> {
        let mut table = open(str::from_utf8(csv).unwrap());
        assert_eq!(table.separator(), ';');
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            let phones = row.phones().collect::<Vec<_>>().join("|");
            rows.push(format!("{phones} {}", row.field(Field::Notes).unwrap_or_default()));
        }
        rows
    }

    fn pieces(bytes_max: usize, rows_done: u64) -> Vec<Piece<'static>> {
        let mut pieces = Pieces::new(open(FILE), bytes_max, rows_done).unwrap();
        std::iter::from_fn(|| pieces.cut().unwrap()).collect()
    }

    #[test]
    fn the_pieces_together_are_the_file_at_every_piece_size() {
        let whole = rows(FILE.as_bytes());
        assert_eq!(whole.len(), 5);
        for bytes_max in [1, 30, 40, 1_000] {
            let pieces = pieces(bytes_max, 0);
            let together: Vec<_> = pieces.iter().flat_map(|piece| rows(&piece.csv())).collect();
            assert_eq!(together, whole, "{bytes_max}");
            let lines: Vec<_> = pieces.iter().flat_map(|piece| &piece.rows).map(|row| row.line).collect();
            assert_eq!(lines, [3, 5, 6, 7, 8]);
        }
        assert_eq!(pieces(1, 0).len(), 5);
        assert_eq!(pieces(1_000, 0).len(), 1);
    }

    #[test]
    fn cutting_a_file_can_continue_after_any_row() {
        let all = pieces(1, 0);
        for done in 0..=all.len() {
            let rest: Vec<_> = pieces(1, done as u64).iter().map(Piece::csv).collect();
            let expected: Vec<_> = all.iter().skip(done).map(Piece::csv).collect();
            assert_eq!(rest, expected, "{done}");
        }
    }

    #[test]
    fn a_piece_can_be_cut_into_parts() {
        let pieces = pieces(1_000, 0);
        let parts: Vec<_> = pieces[0].parts(2).map(|(csv, part)| (rows(&csv).len(), part[0].line)).collect();
        assert_eq!(parts, [(2, 3), (2, 6), (1, 8)]);
    }
}
