//! Measured children of known cost.

use std::process::Command;

use super::run;

#[test]
fn sees_the_memory_that_a_child_took() {
    // A shell that holds 64 MiB for a while: a variable of that length.
    let script = "x=$(head -c 67108864 /dev/zero | tr '\\0' x); sleep 0.2; exit 0";
    let cost = run(Command::new("sh").args(["-c", script])).unwrap();
    assert!(cost.memory_peak_kib > 64 * 1024, "{cost:?}");
}

#[test]
fn sees_the_processor_time_that_a_child_took() {
    let script = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done";
    let cost = run(Command::new("sh").args(["-c", script])).unwrap();
    assert!(cost.processor_seconds > 0.0, "{cost:?}");
    assert!(cost.processor_seconds <= cost.elapsed.as_secs_f64() + 0.05, "{cost:?}");
}

#[test]
fn tells_how_a_child_ended() {
    let cost = run(Command::new("sh").args(["-c", "exit 3"])).unwrap();
    assert_eq!(cost.status.code(), Some(3));
}
