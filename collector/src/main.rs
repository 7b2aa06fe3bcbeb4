//! The `muster-collector` command.
fn main() {}
