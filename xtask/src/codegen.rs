//! `cargo xtask codegen`: Rust from the protos, without `protoc`.
//!
//! The code is committed, so that a build needs nothing but the Rust toolchain; `--check` sees to it
//! that what is committed is what the protos say.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::place;

/// Compiles the protos, or, with `check`, compares with what is committed.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let root = place::root()?;
    let committed = root.join("proto/src/gen");
    let fresh = place::target()?.join("codegen");
    // What an earlier run left there is not wanted.
    let _missing = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh).context("making the folder for generated code")?;
    generate(&root.join("proto/proto"), &fresh)?;

    let name = "muster.v1.rs";
    let new = fs::read_to_string(fresh.join(name)).context("reading the generated code")?;
    if check {
        let old = fs::read_to_string(committed.join(name)).unwrap_or_default();
        if old != new {
            bail!("`proto/src/gen/{name}` is stale\nhint: run `cargo xtask codegen` and commit");
        }
        return Ok(());
    }
    fs::create_dir_all(&committed)?;
    fs::write(committed.join(name), new).context("writing the generated code")
}

fn generate(protos: &Path, out: &Path) -> anyhow::Result<()> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(protos.join("muster/v1")).context("listing the protos")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    files.sort();
    let descriptors = protox::compile(&files, [protos]).context("compiling the protos")?;
    tonic_prost_build::configure()
        .out_dir(out)
        .btree_map(".")
        .emit_rerun_if_changed(false)
        .compile_fds(descriptors)
        .context("generating code")
}
