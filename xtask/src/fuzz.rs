//! `cargo xtask fuzz TARGET [SECONDS]`: throws bytes at one decoder of `tests/src/decoders.rs`.
//!
//! libFuzzer steers by coverage, which the stable compiler can instrument; our code is safe Rust, so no
//! sanitizer is needed to see a fault: it is a panic, or takes too long or too much memory. What is
//! found lands in `tests/fuzz/artifacts/`; its smallest form belongs into `tests/corpus/TARGET/`, where
//! every test run replays it.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::{place, shell};

/// As `cargo fuzz` does it, without its need for a nightly compiler.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
     -Ccodegen-units=1 --cfg fuzzing";

/// BOUND: no decoder takes more at once; larger inputs only slow the search.
const INPUT_BYTES_MAX: &str = "65536";

/// BOUND: an input that takes longer is a fault, even on a busy machine: time in proportion to the
/// square of the length, or worse.
const INPUT_SECONDS_MAX: u32 = 10;

/// BOUND: more than this for inputs of that size is a fault, too.
const MEMORY_MIB_MAX: u32 = 512;

/// Runs until `seconds` have passed or a fault is found.
pub(crate) fn run(target: &str, seconds: u32) -> anyhow::Result<()> {
    let root = place::root()?;
    let corpus = root.join("tests/corpus").join(target);
    if !corpus.is_dir() {
        bail!("`{target}` is no target\nhint: the folders of `tests/corpus/` are");
    }
    // New finds stay out of the committed corpus until a person has looked at them.
    let found = place::target()?.join("fuzz-corpus").join(target);
    fs::create_dir_all(&found)?;
    let artifacts = root.join("tests/fuzz/artifacts").join(target);
    fs::create_dir_all(&artifacts)?;

    lock(&root)?;
    let host = host()?;
    let mut cargo = shell::cargo(&["run", "--release", "--quiet", "--target", &host])?;
    cargo
        .arg("--manifest-path")
        .arg(root.join("tests/fuzz/Cargo.toml"))
        .arg("--target-dir")
        .arg(place::target()?.join("fuzz"))
        .arg("--")
        .args([&found, &corpus])
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .env("RUSTFLAGS", INSTRUMENTATION)
        .env("MUSTER_FUZZ_TARGET", target);
    shell::run(&mut cargo)
}

/// Whether the program still compiles, without what only running it needs: a C++ compiler.
pub(crate) fn check() -> anyhow::Result<()> {
    let root = place::root()?;
    lock(&root)?;
    let mut cargo = shell::cargo(&["check", "--quiet", "--no-default-features"])?;
    cargo
        .arg("--manifest-path")
        .arg(root.join("tests/fuzz/Cargo.toml"))
        .arg("--target-dir")
        .arg(place::target()?);
    shell::run(&mut cargo)
}

/// Starts from the versions of the product, to which cargo adds what the fuzzer alone needs.
fn lock(root: &Path) -> anyhow::Result<()> {
    let (from, to) = (root.join("Cargo.lock"), root.join("tests/fuzz/Cargo.lock"));
    fs::copy(from, to).map(drop).context("copying the product's `Cargo.lock`")
}

/// Naming the target keeps the instrumentation out of build scripts.
fn host() -> anyhow::Result<String> {
    let told = shell::run_quietly(shell::command("rustc")?.arg("-vV"))?;
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc tells its host")?.to_owned())
}
