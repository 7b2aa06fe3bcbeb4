//! The harness of the tests that look at the product from outside: its binaries, real servers beside
//! them, and hands on the wire between.
//!
//! | module | for |
//! | --- | --- |
//! | `binaries` | `muster`, `muster-agent` and `muster-collector`, built and run |
//! | `servers` | real servers on free loopback ports, ended when dropped |
//! | `process` | a child process with its log, ended when dropped |
//! | `wire` | a TCP proxy that records, delays and cuts |
//! | `fault` | an HTTP proxy that counts AWS calls and answers some of them badly |
//! | `line` | a collector, agents that enrolled, and their operator |
//! | `raw` | a client of the collector with any certificate, any TLS and any message |
//! | `chance` | random numbers of a printed seed |
//! | `roots` | small trees of files for the host source, and what a collector says of them |
//! | `decoders` | everything of ours that reads bytes from outside |
//! | `bench` | what the product costs, row by row |
//! | `measure` | memory, processor time and seconds of a child |
//!
//! A test that needs a server from `cargo xtask setup` is marked `#[ignore = "needs moto"]` (or
//! ministack, rsyslog): a bare run counts it as skipped, `cargo xtask test` runs it.

pub mod bench;
pub mod binaries;
pub mod chance;
pub mod decoders;
pub mod fault;
pub mod line;
pub mod measure;
pub mod process;
pub mod raw;
pub mod roots;
pub mod servers;
pub mod wire;
