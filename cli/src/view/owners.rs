//! How declarations, and mistakes in them, look.

use model::OwnersProblem;
use proto::v1;
use serde_json::json;

use super::column;
use crate::output::style::Tone;
use crate::output::{Cell, Column, Listing, Place, Row};

const DECLARATIONS: &[Column] = &[
    column("id", Place::Both),
    column("selector", Place::Yields),
    column("technical", Place::Yields),
    column("lifecycle", Place::Yields),
    column("business", Place::Yields),
    column("file", Place::Sheet),
    column("line", Place::Sheet),
];

const PROBLEMS: &[Column] = &[
    column("file", Place::Sheet),
    column("line", Place::Sheet),
    column("where", Place::Table),
    column("what", Place::Both),
    column("hint", Place::Under),
];

/// Declarations as rows.
pub(crate) fn declarations(declarations: &[v1::DeclarationView]) -> Listing {
    Listing {
        columns: DECLARATIONS.to_vec(),
        rows: declarations.iter().map(declaration).collect(),
        empty: "Nothing is declared. Write a file into the collector's folder of owners.",
    }
}

fn declaration(it: &v1::DeclarationView) -> Row {
    let cells = vec![
        it.id.as_str().into(),
        it.selector.as_str().into(),
        it.technical.join(" ").into(),
        it.lifecycle.join(" ").into(),
        it.business.join(" ").into(),
        it.file.as_str().into(),
        it.line.to_string().into(),
    ];
    let value = json!({
        "id": it.id,
        "selector": it.selector,
        "business": it.business,
        "technical": it.technical,
        "lifecycle": it.lifecycle,
        "file": it.file,
        "line": it.line,
    });
    Row { cells, value }
}

/// Mistakes as rows.
pub(crate) fn problems(problems: &[OwnersProblem]) -> Listing {
    Listing {
        columns: PROBLEMS.to_vec(),
        rows: problems.iter().map(problem).collect(),
        empty: "No mistakes.",
    }
}

fn problem(it: &OwnersProblem) -> Row {
    let place = match it.line {
        0 => it.file.clone(),
        line => format!("{}:{line}", it.file),
    };
    let cells = vec![
        it.file.as_str().into(),
        it.line.to_string().into(),
        Cell::toned(place, Tone::Bad),
        it.what.as_str().into(),
        Cell::toned(format!("hint: {}", it.hint), Tone::Dim),
    ];
    Row { cells, value: proto::json::owners_problem(it) }
}
