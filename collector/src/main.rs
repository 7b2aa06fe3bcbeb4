//! The `muster-collector` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    collector::command::main(std::env::args_os())
}
