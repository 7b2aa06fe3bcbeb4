//! What goes to the screen and to scripts: the same rows as a table, JSON, lines of JSON, or a sheet.
//!
//! ```text
//! table    for people; fits the terminal, escapes what a terminal would obey; may change any time
//! json     one document: an array for a list, an object for one thing     ┐ a promise:
//! ndjson   one object a line                                             │ see docs/schema
//! csv      RFC 4180 with a head line; guarded against formulas            ┘
//! ```

pub(crate) mod escape;
pub(crate) mod style;
mod table;

use std::io::{self, Write};

use serde_json::Value;

use crate::failure::Failure;
use style::{Style, Tone};

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values.
    Csv,
}

/// Where the output goes, and how.
pub(crate) struct Screen {
    out: Box<dyn Write + Send>,
    /// The form.
    pub(crate) format: Format,
    /// Whether to use colour.
    pub(crate) style: Style,
    /// Columns of the terminal; absent if the output goes elsewhere and nothing need fit.
    pub(crate) width: Option<usize>,
    brackets: Brackets,
}

/// How far an array of JSON is whose items come one by one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Brackets {
    /// There is none: every item is a line.
    None,
    /// It has begun.
    Empty,
    /// It holds something.
    Filled,
}

/// Whether lines that come one by one come to an end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Extent {
    /// They do, and make one document.
    Whole,
    /// They do not.
    Endless,
}

/// A list of things of one kind.
#[derive(Debug)]
pub(crate) struct Listing {
    /// What the rows tell, in order.
    pub(crate) columns: Vec<Column>,
    /// The things.
    pub(crate) rows: Vec<Row>,
    /// What to tell people if there are none.
    pub(crate) empty: &'static str,
}

/// What a row tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its name, in lower case with underscores: the head of a sheet.
    pub(crate) name: &'static str,
    /// Where it is shown.
    pub(crate) place: Place,
}

/// Where a column is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// In tables and sheets.
    Both,
    /// In tables and sheets; in a table it gives way if the terminal is narrow.
    Yields,
    /// In sheets only.
    Sheet,
    /// In tables only.
    Table,
    /// In tables only, where it gives way if the terminal is narrow.
    YieldsTable,
    /// In sheets; in a table on lines of its own under the row.
    Under,
}

/// One thing.
#[derive(Debug)]
pub(crate) struct Row {
    /// What it tells, column by column.
    pub(crate) cells: Vec<Cell>,
    /// All of it, for scripts.
    pub(crate) value: Value,
}

/// What one row tells in one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    /// The text, as it came.
    pub(crate) text: String,
    /// How it is set off in a table.
    pub(crate) tone: Tone,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, tone: Tone::Plain }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl Cell {
    /// A text in a tone.
    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Screen {
    /// A screen that writes to `out`.
    pub(crate) fn new(
        out: Box<dyn Write + Send>,
        format: Format,
        style: Style,
        width: Option<usize>,
    ) -> Self {
        Self { out, format, style, width, brackets: Brackets::None }
    }

    /// Shows a list in the form asked for.
    pub(crate) fn list(&mut self, listing: &Listing) -> Result<(), Failure> {
        self.wrote(|screen| match screen.format {
            Format::Table => table::write(screen, listing),
            Format::Json => {
                let values: Vec<&Value> = listing.rows.iter().map(|row| &row.value).collect();
                serde_json::to_writer_pretty(&mut screen.out, &values)?;
                writeln!(screen.out)
            }
            Format::Ndjson => listing.rows.iter().try_for_each(|row| screen.json_line(&row.value)),
            Format::Csv => screen.sheet(listing),
        })
    }

    /// Shows one thing: `people` writes it for them; scripts get the value or the row.
    pub(crate) fn one(
        &mut self,
        listing: &Listing,
        people: impl FnOnce(&mut Page<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let value = listing.rows.first().map_or(&Value::Null, |row| &row.value);
        self.wrote(|screen| match screen.format {
            Format::Table => people(&mut screen.page()),
            Format::Json => {
                serde_json::to_writer_pretty(&mut screen.out, value)?;
                writeln!(screen.out)
            }
            Format::Ndjson => screen.json_line(value),
            Format::Csv => screen.sheet(listing),
        })
    }

    /// Shows something to people alone, whatever the form.
    pub(crate) fn people(
        &mut self,
        people: impl FnOnce(&mut Page<'_>) -> io::Result<()>,
    ) -> Result<(), Failure> {
        self.wrote(|screen| people(&mut screen.page()))
    }

    /// Begins what comes line by line: the head of a sheet, or of a JSON document that will be whole.
    pub(crate) fn begin(&mut self, columns: &[Column], extent: Extent) -> Result<(), Failure> {
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        self.wrote(|screen| match (screen.format, extent) {
            (Format::Csv, _) => writeln!(screen.out, "{}", names.join(",")),
            (Format::Json, Extent::Whole) => {
                screen.brackets = Brackets::Empty;
                write!(screen.out, "[")
            }
            (Format::Json | Format::Ndjson | Format::Table, _) => Ok(()),
        })
    }

    /// Shows one line of what goes on for long, and lets it out at once.
    pub(crate) fn line(&mut self, row: &Row, people: &str) -> Result<(), Failure> {
        self.wrote(|screen| match screen.format {
            Format::Table => writeln!(screen.out, "{people}"),
            Format::Json if screen.brackets != Brackets::None => screen.json_item(&row.value),
            Format::Json | Format::Ndjson => screen.json_line(&row.value),
            Format::Csv => screen.sheet_rows(std::slice::from_ref(&row)),
        })
    }

    /// Ends what came line by line.
    pub(crate) fn end(&mut self) -> Result<(), Failure> {
        let brackets = std::mem::replace(&mut self.brackets, Brackets::None);
        self.wrote(|screen| match brackets {
            Brackets::None => Ok(()),
            Brackets::Empty => writeln!(screen.out, "]"),
            Brackets::Filled => writeln!(screen.out, "\n]"),
        })
    }

    fn page(&mut self) -> Page<'_> {
        let width = self.width.unwrap_or(Page::WIDTH_DEFAULT);
        Page { out: &mut *self.out, style: self.style, width }
    }

    fn wrote(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), Failure> {
        write(self).and_then(|()| self.out.flush()).map_err(|error| Failure::output(&error))
    }

    fn json_line(&mut self, value: &Value) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        writeln!(self.out)
    }

    fn json_item(&mut self, value: &Value) -> io::Result<()> {
        let before = if self.brackets == Brackets::Filled { ",\n" } else { "\n" };
        self.brackets = Brackets::Filled;
        write!(self.out, "{before}")?;
        serde_json::to_writer(&mut self.out, value)?;
        Ok(())
    }

    fn sheet(&mut self, listing: &Listing) -> io::Result<()> {
        let is_shown =
            |column: &&Column| !matches!(column.place, Place::Table | Place::YieldsTable);
        let names = listing.columns.iter().filter(is_shown).map(|column| column.name);
        let mut sheet = csv::Writer::from_writer(&mut self.out);
        sheet.write_record(names)?;
        for row in &listing.rows {
            let cells = listing.columns.iter().zip(&row.cells);
            let shown = cells.filter(|(column, _)| is_shown(column));
            sheet.write_record(shown.map(|(_, cell)| sheet_text(cell)))?;
        }
        sheet.flush()
    }

    fn sheet_rows(&mut self, rows: &[&Row]) -> io::Result<()> {
        let mut sheet = csv::Writer::from_writer(&mut self.out);
        for row in rows {
            sheet.write_record(row.cells.iter().map(sheet_text))?;
        }
        sheet.flush()
    }
}

fn sheet_text(cell: &Cell) -> String {
    // Line ends are content here, and quoted; everything else that a terminal would obey is not.
    let lines: Vec<_> = cell.text.lines().map(escape::plain).collect();
    escape::cell(&lines.join("\n")).into_owned()
}

/// A page for people.
pub(crate) struct Page<'a> {
    out: &'a mut (dyn Write + Send),
    /// Whether to use colour.
    pub(crate) style: Style,
    /// Columns to fit into.
    pub(crate) width: usize,
}

impl Page<'_> {
    /// Columns of a page that goes nowhere in particular.
    pub(crate) const WIDTH_DEFAULT: usize = 80;

    /// Writes a line. Whatever came from outside must be [harmless](escape::plain) already.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    /// Writes a head line.
    pub(crate) fn head(&mut self, text: &str) -> io::Result<()> {
        let text = self.style.paint(Tone::Strong, text).into_owned();
        self.line(&text)
    }

    /// Writes `label` and then `text` in as many lines as it takes, all beginning at one column.
    /// Makes both harmless.
    pub(crate) fn item(&mut self, label: &str, text: &str, tone: Tone) -> io::Result<()> {
        let label = escape::plain(label);
        self.hanging(&format!("  {label:<14}"), text, tone)
    }

    /// As [`Self::hanging`], keeping the ends of lines, for what is to be pasted elsewhere.
    pub(crate) fn lines(&mut self, before: &str, text: &str, tone: Tone) -> io::Result<()> {
        let mut before = before.to_owned();
        for line in text.lines() {
            let content = line.trim_start_matches(' ');
            let indent = line.len().saturating_sub(content.len());
            self.hanging(&format!("{before}{:indent$}", ""), content, tone)?;
            before = " ".repeat(escape::width(&before));
        }
        Ok(())
    }

    /// Writes `before`, which is harmless, and then `text` in as many lines as it takes, all beginning
    /// where the first one does. Makes the text harmless.
    pub(crate) fn hanging(&mut self, before: &str, text: &str, tone: Tone) -> io::Result<()> {
        let start = escape::width(before);
        let text = escape::plain(text);
        let mut before = before.to_owned();
        for line in escape::wrapped(&text, self.width.saturating_sub(start)) {
            let painted = self.style.paint(tone, &line);
            writeln!(self.out, "{before}{painted}")?;
            before = " ".repeat(start);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
