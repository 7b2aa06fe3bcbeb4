//! The `muster-agent` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    agent::command::main(std::env::args_os())
}
