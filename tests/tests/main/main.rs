//! The one binary of the tests that look at the product from outside; each area is a file beside this.
//!
//! A test that needs a server is marked `#[ignore = "needs moto"]` and the like: see the head of the
//! harness, `tests/src/lib.rs`. The modules say `cfg(test)`, which always holds here, so that the
//! lints take their helper functions for tests too.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod corpora;
#[cfg(test)]
mod correlation;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod directions;
#[cfg(test)]
mod dry;
#[cfg(test)]
mod estate;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod line;
#[cfg(test)]
mod organisation;
#[cfg(test)]
mod owners;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod privileges;
#[cfg(test)]
mod quickstart;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod resync;
#[cfg(test)]
mod running;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod sinks;
#[cfg(test)]
mod torn;
#[cfg(test)]
mod unchanged;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod whole;
