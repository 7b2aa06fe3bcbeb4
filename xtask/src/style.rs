//! `cargo xtask style`: what STYLE.md asks of files and a machine can check.
//!
//! Looks at what git tracks. Generated code is not read by people and is left alone.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::{place, shell};

/// BOUND: STYLE.md, "at 600, split".
const FILE_LINES_MAX: usize = 600;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helpers", "prelude", "utils"];

/// Globs that are fine: a test's neighbours, and a library that is made to be taken whole.
const GLOBS: &[&str] = &["use super::*;", "use proptest::prelude::*;"];

/// Code that a machine wrote.
const GENERATED: &str = "proto/src/gen/";

/// Checks every Rust file that is tracked.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = place::root()?;
    let listing = shell::run_quietly(shell::command("git")?.args(["ls-files", "--", "*.rs"]))?;
    let mut complaints = Vec::new();
    for name in listing.lines().filter(|name| !name.starts_with(GENERATED)) {
        let file = root.join(name);
        if !file.exists() {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("reading `{name}`"))?;
        complaints.extend(complaints_about(name, &text, &root));
    }
    if !complaints.is_empty() {
        bail!("against STYLE.md:\n{}", complaints.join("\n"));
    }
    Ok(())
}

/// What is wrong with one file, each as a line that says where.
fn complaints_about(name: &str, text: &str, root: &Path) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |line: usize, what: &str| complaints.push(format!("{name}:{line}: {what}"));

    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    if stem == "mod" {
        complain(1, "a module's file bears its name, not `mod.rs`");
    }
    if EMPTY_NAMES.contains(&stem.as_ref()) {
        complain(1, "the name says nothing about what is inside");
    }
    // A file of tests is about the file that it lies under, and its tests' names say the rest.
    if stem != "tests" && !text.starts_with("//! ") {
        complain(1, "the first line is `//!` and says what the file is for");
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        complain(lines, "more than 600 lines: split it by subject");
    }
    let machine = root.display().to_string();
    for (index, line) in text.lines().enumerate() {
        let number = index.saturating_add(1);
        let trimmed = line.trim_start();
        let is_use = trimmed.starts_with("use ") || trimmed.starts_with("pub use ");
        if is_use && trimmed.ends_with("::*;") && !GLOBS.contains(&trimmed) {
            complain(number, "name what you import");
        }
        if line.contains(concat!("TO", "DO")) && !line.contains("(#") {
            complain(number, "a task left for later names its issue");
        }
        let is_deep = root.components().count() > 2;
        if is_deep && line.contains(&machine) {
            complain(number, "a path of this machine");
        }
    }
    complaints
}

#[cfg(test)]
mod tests;
