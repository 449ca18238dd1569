//! Tables as text: what a bench prints.

/// A title, columns, and rows of the same length.
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(title: &str, columns: &[&str]) -> Self {
        let head = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { title: title.to_owned(), rows: vec![head] }
    }

    /// Adds a row.
    pub fn row<Cells, Cell>(&mut self, cells: Cells)
    where
        Cells: IntoIterator<Item = Cell>,
        Cell: ToString,
    {
        self.rows.push(cells.into_iter().map(|cell| cell.to_string()).collect());
    }

    /// Prints it: the first column to the left, numbers to the right.
    pub fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
        println!("\n## {}\n", self.title);
        for (place, row) in self.rows.iter().enumerate() {
            println!("{}", line(row, &widths));
            if place == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                println!("{}", line(&rules, &widths));
            }
        }
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cell = |(place, (cell, width)): (usize, (&String, &usize))| match place {
        0 => format!("{cell:<width$}"),
        _ => format!("{cell:>width$}"),
    };
    let cells: Vec<String> = row.iter().zip(widths).enumerate().map(cell).collect();
    format!("| {} |", cells.join(" | "))
}

/// A count with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// A number with as many digits as are of interest.
pub fn short(number: f64) -> String {
    // The sum of nothing is minus zero.
    let number = number + 0.0;
    match number.abs() {
        size if size >= 100.0 => count(number.round() as u64),
        size if size >= 10.0 => format!("{number:.1}"),
        size if size >= 1.0 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    }
}
