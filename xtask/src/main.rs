//! The project's chores, the same on every machine: `cargo xtask <chore>`.
//!
//! Each chore has its file; this one only reads the command line. What a chore needs from outside
//! (servers, tools) comes from `setup`, into a cache of its own, never from what a machine has by chance.

mod bench;
mod catalogue;
mod ci;
mod codegen;
mod docs;
mod fuzz;
mod place;
mod setup;
mod shell;
mod style;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's chores, the same on every machine")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what the tests need into the cache, and print where it is as shell exports.
    Setup,
    /// Run all tests, those included that need real servers.
    Test {
        /// Only tests whose name contains one of these.
        filters: Vec<String>,
    },
    /// Everything that must hold before a change lands: lints, freshness, licences, tests.
    Ci,
    /// Compile the protos into `proto/src/gen`.
    Codegen {
        /// Change nothing; fail if the committed code is stale.
        #[arg(long)]
        check: bool,
    },
    /// Write the table of every action of AWS, from a package that reads it off the provider's pages.
    Catalogue {
        /// Change nothing; fail if the committed table is stale.
        #[arg(long)]
        check: bool,
    },
    /// Write the generated pages of `docs/`.
    Docs {
        /// Change nothing; fail if a committed page is stale.
        #[arg(long)]
        check: bool,
    },
    /// Measure what the product costs; all rows together write `docs/benchmarks.md`.
    Bench {
        /// Only these rows.
        rows: Vec<String>,
    },
    /// Throw bytes at one decoder.
    Fuzz {
        /// A folder of `tests/corpus/`.
        target: String,
        /// How long.
        #[arg(default_value_t = 60)]
        seconds: u32,
    },
    /// Check what STYLE.md says and a machine can check.
    Style,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Setup => setup::print(),
        Chore::Test { filters } => test::run(&filters),
        Chore::Ci => ci::run(),
        Chore::Codegen { check } => codegen::run(check),
        Chore::Catalogue { check } => catalogue::run(check),
        Chore::Docs { check } => docs::run(check),
        Chore::Bench { rows } => bench::run(&rows),
        Chore::Fuzz { target, seconds } => fuzz::run(&target, seconds),
        Chore::Style => style::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
