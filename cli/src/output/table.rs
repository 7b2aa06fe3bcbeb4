//! Rows in columns that fit the terminal.

use std::io::{self, Write as _};

use super::escape::{plain, shortened, width, wrapped};
use super::style::Tone;
use super::{Cell, Column, Listing, Place, Screen};

const GAP: &str = "  ";
// A column that gives way keeps at least this much, or it would tell nothing.
const YIELDED_MIN: usize = 16;
const UNDER_INDENT: usize = 10;

pub(super) fn write(screen: &mut Screen, listing: &Listing) -> io::Result<()> {
    if listing.rows.is_empty() {
        return writeln!(screen.out, "{}", listing.empty);
    }
    let widths = widths(listing, screen.width);
    let heads: Vec<Cell> = listing
        .columns
        .iter()
        .map(|column| Cell::toned(column.name.to_uppercase().replace('_', " "), Tone::Dim))
        .collect();
    row(screen, &listing.columns, &widths, &heads)?;
    for it in &listing.rows {
        row(screen, &listing.columns, &widths, &it.cells)?;
        let under = listing.columns.iter().zip(&it.cells);
        for (_, cell) in under.filter(|(column, _)| column.place == Place::Under) {
            let text = plain(&cell.text);
            let room = screen.width.unwrap_or(usize::MAX).saturating_sub(UNDER_INDENT);
            for line in wrapped(&text, room) {
                let line = screen.style.paint(cell.tone, &line);
                writeln!(screen.out, "{:UNDER_INDENT$}{line}", "")?;
            }
        }
    }
    Ok(())
}

fn yields(column: &Column) -> bool {
    matches!(column.place, Place::Yields | Place::YieldsTable)
}

fn is_inline(column: &Column) -> bool {
    !matches!(column.place, Place::Sheet | Place::Under)
}

fn row(
    screen: &mut Screen,
    columns: &[Column],
    widths: &[usize],
    cells: &[Cell],
) -> io::Result<()> {
    let mut line = String::new();
    let mut pending = String::new();
    for ((column, max), cell) in columns.iter().zip(widths).zip(cells) {
        if !is_inline(column) {
            continue;
        }
        let text = plain(&cell.text);
        let text = shortened(&text, *max);
        // Spaces are written only before something, so that no line ends in them.
        if !text.is_empty() {
            line.push_str(&pending);
            pending.clear();
            line.push_str(&screen.style.paint(cell.tone, &text));
        }
        pending.push_str(&" ".repeat(max.saturating_sub(width(&text))));
        pending.push_str(GAP);
    }
    writeln!(screen.out, "{line}")
}

/// The width of each column: its widest text; those that yield share what the terminal leaves.
fn widths(listing: &Listing, terminal: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = listing.columns.iter().map(|column| width(column.name)).collect();
    for row in &listing.rows {
        for (widest, cell) in widths.iter_mut().zip(&row.cells) {
            *widest = (*widest).max(width(&plain(&cell.text)));
        }
    }
    let Some(terminal) = terminal else { return widths };
    let inline = |index: &usize| listing.columns.get(*index).is_some_and(is_inline);
    loop {
        let shown: Vec<usize> = (0..widths.len()).filter(inline).collect();
        let gaps = GAP.len().saturating_mul(shown.len().saturating_sub(1));
        let total: usize = shown.iter().filter_map(|index| widths.get(*index)).sum();
        let over = total.saturating_add(gaps).saturating_sub(terminal);
        let gives_way = |index: &&usize| listing.columns.get(**index).is_some_and(yields);
        let widest = shown.iter().filter(gives_way).filter_map(|index| widths.get(*index)).max();
        match widest.copied() {
            Some(widest) if over > 0 && widest > YIELDED_MIN => {
                let yielding = shown.iter().filter(gives_way).copied();
                let mut yielding = yielding.filter(|index| widths.get(*index) == Some(&widest));
                let Some(index) = yielding.next_back() else { return widths };
                if let Some(width) = widths.get_mut(index) {
                    *width = width.saturating_sub(1);
                }
            }
            _ => return widths,
        }
    }
}
