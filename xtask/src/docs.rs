//! `cargo xtask docs`: the generated pages of `docs/` and policies of `deploy/`, from the code's own
//! tables.
//!
//! Pages are committed, so that they can be read where the code is; `--check` sees to it that what is
//! committed is what the code says.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::{place, shell};

/// A program of ours that writes pages into the folder that it is given.
struct Generator {
    program: &'static str,
    command: &'static str,
}

/// All of them. What a generator wrote into its folder belongs into `docs/` under the same name, and
/// what is below `deploy/` there into `deploy/`.
const GENERATORS: &[Generator] = &[Generator { program: "muster", command: "generate-docs" }];

/// Writes the pages, or, with `check`, compares them with what is committed.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let root = place::root()?;
    let docs = root.join("docs");
    // As the tests are built, so that on the way to them nothing is built twice.
    shell::run(&mut shell::cargo(&["test", "--quiet", "--workspace", "--no-run"])?)?;
    let mut stale = Vec::new();
    for generator in GENERATORS {
        let fresh = place::target()?.join("docs-fresh").join(generator.program);
        if fresh.exists() {
            fs::remove_dir_all(&fresh).context("removing what an earlier run left")?;
        }
        fs::create_dir_all(&fresh)?;
        let program = place::target()?.join("debug").join(generator.program);
        shell::run(shell::command(program)?.arg(generator.command).arg(&fresh))?;
        for page in pages(&fresh)? {
            let name = page.strip_prefix(&fresh)?;
            // What is not a page says so by its place.
            let committed =
                if name.starts_with("deploy") { root.join(name) } else { docs.join(name) };
            let new = fs::read(&page)?;
            if fs::read(&committed).is_ok_and(|old| old == new) {
                continue;
            }
            if !check {
                fs::create_dir_all(committed.parent().context("a page is in a folder")?)?;
                fs::write(&committed, new)?;
            }
            stale.push(committed.strip_prefix(&root)?.display().to_string());
        }
    }
    match (check, stale.is_empty()) {
        (true, false) => {
            bail!("stale: {}\nhint: run `cargo xtask docs` and commit", stale.join(", "))
        }
        (false, false) => shell::say(&format!("docs: wrote {}", stale.join(", "))),
        (_, true) => (),
    }
    Ok(())
}

/// Every file under `folder`, in the order of their names.
fn pages(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut pages = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                pages.push(path);
            }
        }
    }
    pages.sort();
    Ok(pages)
}
