//! Answers with many rows: aligned columns for people, CSV for spreadsheets.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::Style;
use clap::ValueEnum;
use serde::Serialize;

use crate::words::{FAINT, HEADING, push};
use crate::{Exit, Failure, ask};

/// How an answer with many rows is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people
    #[default]
    Table,
    /// One line of JSON
    Json,
    /// Comma-separated values as RFC 4180 has them
    Csv,
}

/// Prints an answer in one of the forms.
pub(crate) fn print<const N: usize>(
    format: Format,
    answer: &impl Serialize,
    table: impl FnOnce() -> String,
    csv: impl FnOnce() -> Csv<N>,
) -> Result<Exit, Failure> {
    match format {
        Format::Table => ask::print(&table(), Exit::Done),
        Format::Json => ask::print(&ask::json(answer)?, Exit::Done),
        Format::Csv => csv().print(),
    }
}

/// Rows in aligned columns, with notes below a row where it has some.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    head: [Cell; N],
    rows: Vec<([Cell; N], Vec<String>)>,
}

/// What stands in a row and a column.
#[derive(Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: impl Display) -> Self {
        Self::styled(text, Style::new())
    }

    pub(crate) fn styled(text: impl Display, style: Style) -> Self {
        Self { text: visible(&text.to_string()), style }
    }
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(head: [&str; N]) -> Self {
        Self { head: head.map(|text| Cell::styled(text, HEADING)), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: [Cell; N], notes: impl IntoIterator<Item = String>) {
        self.rows.push((cells, notes.into_iter().collect()));
    }

    /// The lines of the table, each after a line feed; none where there is no row.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        if self.rows.is_empty() {
            return text;
        }
        let widths = self.widths();
        line(&mut text, &self.head, widths);
        for (cells, notes) in &self.rows {
            line(&mut text, cells, widths);
            for line in notes.iter().flat_map(|note| wrapped(&visible(note))) {
                push(&mut text, format_args!("\n{FAINT}{line}{FAINT:#}"));
            }
        }
        text
    }

    fn widths(&self) -> [usize; N] {
        let mut widths = [0; N];
        for cells in self.rows.iter().map(|(cells, _)| cells).chain([&self.head]) {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = cell.text.chars().count().max(*width);
            }
        }
        widths
    }
}

/// The cells up to the last that is not empty, so that no line ends with spaces.
fn line<const N: usize>(out: &mut String, cells: &[Cell; N], widths: [usize; N]) {
    let last = cells.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or_default();
    out.push('\n');
    for (Cell { text, style }, width) in cells.iter().zip(widths).take(last) {
        push(out, format_args!("{style}{text:width$}{style:#}  "));
    }
    for Cell { text, style } in cells.iter().skip(last).take(1) {
        push(out, format_args!("{style}{text}{style:#}"));
    }
}

/// How wide a line of a note is at the most, unless a word is wider.
const WIDTH: usize = 80;

/// A note as lines that stand below its row, the later ones further in.
fn wrapped(note: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in note.split(' ') {
        let fits = |line: &&mut String| line.chars().count() + 1 + word.chars().count() <= WIDTH;
        if let Some(line) = lines.last_mut().filter(fits) {
            line.push(' ');
            line.push_str(word);
        } else {
            let indent = if lines.is_empty() { 4 } else { 6 };
            lines.push(format!("{:indent$}{word}", ""));
        }
    }
    lines
}

/// A text that stays in its line and leaves the terminal as it is.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            visible.extend(letter.escape_default());
        } else {
            visible.push(letter);
        }
    }
    visible
}

/// JSON of the same value that leaves the terminal as it is: of what a terminal may listen to, JSON escapes but a part.
pub(crate) fn visible_json(json: &str) -> String {
    let mut visible = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '\u{7f}'..='\u{9f}' => push(&mut visible, format_args!("\\u{:04x}", u32::from(letter))),
            _ => visible.push(letter),
        }
    }
    visible
}

/// Comma-separated values under a head, as RFC 4180 has them.
pub(crate) struct Csv<const N: usize>(String);

impl<const N: usize> Csv<N> {
    pub(crate) fn new(head: [&str; N]) -> Self {
        let mut csv = Self(String::new());
        csv.row(head);
        csv
    }

    pub(crate) fn row(&mut self, fields: [&str; N]) {
        let fields = fields.map(quoted);
        push(&mut self.0, format_args!("{}\r\n", fields.join(",")));
    }

    /// Prints it byte for byte.
    fn print(&self) -> Result<Exit, Failure> {
        match io::stdout().lock().write_all(self.0.as_bytes()).map_err(Failure::from) {
            Err(Failure::OutputClosed) | Ok(()) => Ok(Exit::Done),
            Err(failure) => Err(failure),
        }
    }
}

/// A field in quotes where something in it would otherwise end it.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
