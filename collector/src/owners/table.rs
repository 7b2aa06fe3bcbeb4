//! The directory as tables: `people.csv` and `teams.csv`, in the form of RFC 4180.
//!
//! ```text
//! people.csv   id,name,standing,left       ada,Ada Lovelace,left,2026-03-31
//! teams.csv    id,name,members             payments,Payments,ada;grace
//! ```
//!
//! The first line names the columns, in any order; `id` must be among them.

use csv::{ReaderBuilder, StringRecord};
use jiff::Timestamp;

use super::directory::{Directory, PersonText, TeamText};
use super::{FileReader, NAME_BYTES_MAX};

const PEOPLE_COLUMNS: [&str; 4] = ["id", "name", "standing", "left"];
const TEAM_COLUMNS: [&str; 3] = ["id", "name", "members"];

/// BOUND: a team whose members fill more than this is not a team.
const MEMBERS_BYTES_MAX: usize = 1024 * 1024;

/// Adds what the table says to `directory`.
pub(super) fn read(
    file: &mut FileReader<'_>,
    text: &str,
    directory: &mut Directory,
    as_of: Timestamp,
) {
    let name = file.name.rsplit('/').next().unwrap_or(file.name);
    let known: &[&str] = match name {
        "people.csv" => &PEOPLE_COLUMNS,
        "teams.csv" => &TEAM_COLUMNS,
        _ => {
            let hint = "name it `people.csv` or `teams.csv`, or move it away";
            return file.problem(0, "not a table that is known", hint);
        }
    };
    let mut rows =
        ReaderBuilder::new().has_headers(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = match rows.headers() {
        Ok(columns) => columns.clone(),
        Err(error) => return broken(file, &error),
    };
    if !columns_check(file, &columns, known) {
        return;
    }
    for row in rows.into_records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                broken(file, &error);
                continue;
            }
        };
        let line = row.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
        let Some(mut cells) = cells(file, &columns, &row, line) else { continue };
        if name == "people.csv" {
            let text = PersonText {
                line,
                id: cells("id"),
                name: cells("name"),
                standing: cells("standing"),
                left: cells("left"),
            };
            directory.person(file, text, as_of);
        } else {
            let (id, name, members) = (cells("id"), cells("name"), cells("members"));
            let members = members.unwrap_or_default();
            let members = members.split(';').map(str::trim).filter(|member| !member.is_empty());
            let members = members.map(|member| (line, member.to_owned())).collect();
            directory.team(file, TeamText { line, id, name, members });
        }
    }
}

/// A look-up of cells by their column, where an empty cell is none; `None` if one cannot be used.
fn cells<'r>(
    file: &mut FileReader<'_>,
    columns: &'r StringRecord,
    row: &'r StringRecord,
    line: u32,
) -> Option<impl FnMut(&str) -> Option<String> + 'r> {
    for (column, cell) in columns.iter().zip(row) {
        let bytes_max = if column == "members" { MEMBERS_BYTES_MAX } else { NAME_BYTES_MAX };
        if !cell.is_empty() {
            file.bounded(line, column, cell, bytes_max)?;
        }
    }
    Some(move |name: &str| {
        let found = columns.iter().zip(row).find(|(column, _)| *column == name);
        found.map(|(_, text)| text.to_owned()).filter(|text| !text.is_empty())
    })
}

fn columns_check(file: &mut FileReader<'_>, columns: &StringRecord, known: &[&str]) -> bool {
    let mut usable = true;
    for (place, column) in columns.iter().enumerate() {
        if !known.contains(&column) {
            file.unknown_key(1, column, known);
            usable = false;
        } else if columns.iter().take(place).any(|other| other == column) {
            file.problem(1, format!("two columns are named `{column}`"), "keep one of the two");
            usable = false;
        }
    }
    if !columns.iter().any(|column| column == "id") {
        let hint = format!("begin the file with the line `{}`", known.join(","));
        file.problem(1, "there is no column `id`", hint);
        usable = false;
    }
    usable
}

fn broken(file: &mut FileReader<'_>, error: &csv::Error) {
    let line = error.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(u32::MAX));
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        let what = format!("{len} cells where there are {expected_len} columns");
        file.problem(line, what, "put cells that hold a comma into quotes");
    } else {
        file.problem(line, "not a table", "write it in the form of RFC 4180");
    }
}
