//! The `muster-agent` command.
fn main() {}
