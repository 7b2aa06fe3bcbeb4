//! The program starts. It also has cargo build the program whenever all tests are built, which the
//! tests of the whole product count on (`tests/src/binaries.rs`).

use std::process::Command;

#[test]
fn tells_its_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_muster")).arg("--version").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told.trim(), concat!("muster ", env!("CARGO_PKG_VERSION")));
    assert!(output.status.success());
}
