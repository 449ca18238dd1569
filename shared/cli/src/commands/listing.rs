//! Lists of the API: read page by page, shown as a table with a heading, or collected into one document.

use std::time::Duration;

use form_urlencoded::Serializer;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    CliError,
    args::Extent,
    client::{Client, ClientError, Page, retry::wait_before_repeating},
    output::{Format, Output},
    terminal::note,
};

/// The most results that the API puts on a page of JSON.
const PAGE_SIZE_MAX: usize = 500;

/// A list and how its results are shown.
pub(super) struct List {
    pub path: String,
    /// The query's names and values; a name without a value is left out.
    pub query: Vec<(&'static str, Option<String>)>,
    /// The flags from which the query's values come.
    pub names: &'static [(&'static str, &'static str)],
    pub headings: &'static [&'static str],
    /// The cells of a result, as many as there are headings.
    pub row: fn(&Value) -> Vec<String>,
}

impl List {
    /// Shows the list up to its end or its extent. Text is written page by page, so that a list of any length fits.
    pub(super) async fn show(
        &self,
        client: &Client,
        extent: Extent,
        format: Format,
    ) -> Result<Output, CliError> {
        let (mut shown, mut results) = (0, Vec::new());
        let mut page = self.first_page(client, extent.most().min(PAGE_SIZE_MAX)).await?;
        let total = page.total;
        loop {
            page.results.truncate(extent.most() - shown);
            if !page.results.is_empty() {
                format.say(self.table(&page.results, shown == 0))?;
            }
            shown += page.results.len();
            if format == Format::Json {
                results.append(&mut page.results);
            }
            let Some(next) = page.next.as_deref().filter(|_| shown < extent.most()) else { break };
            // Only the address's query is used, so that the key goes to no other server.
            let query = next.split_once('?').map_or("", |(_, query)| query);
            page = patiently(client, &format!("{}?{query}", self.path)).await?;
        }
        if shown == 0 {
            note("There are no results.");
        } else if shown >= extent.most() && (shown as u64) < total {
            note(format_args!("{shown} of {total}; to see more, add --limit COUNT or --all"));
        }
        Ok(Output::new("", json!({"total": total, "results": results})))
    }

    async fn first_page(&self, client: &Client, size: usize) -> Result<Page<Value>, CliError> {
        let given = self.query.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
        let path = with_query(&self.path, given.chain([("page_size", size.to_string().as_str())]));
        client.get(&path).await.map_err(|error| error.with_fields_named(self.names).into())
    }

    fn table(&self, results: &[Value], has_heading: bool) -> String {
        let heading = self.headings.iter().map(|heading| (*heading).to_owned()).collect();
        let heading = has_heading.then_some(heading);
        aligned(&heading.into_iter().chain(results.iter().map(self.row)).collect::<Vec<_>>())
    }
}

/// Reads a page after the first. It waits if the API asks for it, because a long list needs more requests than a minute
/// allows.
async fn patiently(client: &Client, path: &str) -> Result<Page<Value>, ClientError> {
    let mut attempt = 1;
    loop {
        let error = match client.get(path).await {
            Ok(page) => return Ok(page),
            Err(error) => error,
        };
        let wait: Option<Duration> = wait_before_repeating(&error, attempt);
        let Some(wait) = wait else { return Err(error) };
        note(format_args!("waiting {} s: {error}", wait.as_secs_f64().ceil()));
        sleep(wait).await;
        attempt += 1;
    }
}

/// A path with a query; every value is encoded.
pub(super) fn with_query<'a>(path: &str, query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{path}?{query}")
}

/// Rows as lines with aligned columns.
pub(super) fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Fields of a result as cells, in the order of the names.
pub(super) fn cells(result: &Value, fields: &[&str]) -> Vec<String> {
    fields.iter().map(|field| cell(&result[*field])).collect()
}

/// A value as a cell of one line. A list is its items; a missing value is a dash.
pub(super) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "-".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_spaces_at_the_end() {
        let rows = [["a", "bb", "c"], ["Ämter", "b", ""]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(aligned(&rows), "a      bb  c\nÄmter  b");
        assert_eq!(aligned(&[]), "");
    }

    #[test]
    fn a_cell_is_one_line_and_never_empty() {
        assert_eq!(cell(&json!("two\nlines\t ")), "two lines");
        for (value, shown) in
            [(json!(null), "-"), (json!(""), "-"), (json!(["a", "b"]), "a, b"), (json!(4), "4")]
        {
            assert_eq!(cell(&value), shown);
        }
        assert_eq!(cells(&json!({"a": 1}), &["a", "b"]), ["1", "-"]);
    }

    #[test]
    fn a_plus_of_a_number_reaches_the_api() {
        assert_eq!(with_query("/v1/x/", [("phone", "+254 7")]), "/v1/x/?phone=%2B254+7");
    }
}
