//! The folder of a quickstart: a collector's data folder, with an agent's state in it.
//!
//! ```text
//! collector.toml, authority.*, store/, ...   as `muster-collector init` makes them
//! operator/address                           where the collector listens while it runs
//! owners/example.yaml                        how to say who answers for what
//! agent/                                     the agent's state
//! agent.toml  agent.log                      its configuration, and what it had to say
//! ```

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use collector::command::CONFIG_TEMPLATE;
use collector::config::Config;
use collector::folder;
use collector::store::Store;
use collector::store::sled::{SledOptions, SledStore};
use jiff::Timestamp;

use crate::failure::Failure;

/// How to say who answers; everything in it is a comment, so that it declares nothing.
const OWNERS_EXAMPLE: &str = include_str!("owners_example.yaml");

/// The folder of a quickstart.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    dir: PathBuf,
}

impl Home {
    /// Opens the folder, or makes it.
    pub(crate) fn open(dir: &Path, now: Timestamp) -> Result<Self, Failure> {
        let dir = std::path::absolute(dir).map_err(|error| file_failed(dir, &error))?;
        let home = Self { dir };
        if !folder::is_made(&home.dir) {
            folder::make(&home.dir, CONFIG_TEMPLATE, now).map_err(|error| {
                let what = format!("making a collector in `{}` failed", home.dir.display());
                Failure::new(what, "choose another folder with --dir").because(&error)
            })?;
            let example = home.owners_dir().join("example.yaml");
            fs::write(&example, OWNERS_EXAMPLE).map_err(|error| file_failed(&example, &error))?;
        }
        Ok(home)
    }

    /// What the collector's file says, on a free loopback port: a quickstart must not fail because
    /// a port is taken.
    pub(crate) fn collector_config(&self) -> Result<Config, Failure> {
        let mut config = Config::load(&self.dir).map_err(|error| {
            let what = format!("the configuration in `{}` cannot be used", self.dir.display());
            Failure::new(what, "mend it, or choose another folder with --dir").because(&error)
        })?;
        config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Ok(config)
    }

    /// The embedded store, which one process at a time can have.
    pub(crate) fn store(&self) -> Result<Arc<dyn Store>, Failure> {
        let dir = folder::store_dir(&self.dir);
        match SledStore::open(&dir, SledOptions::default()) {
            Ok(store) => Ok(Arc::new(store)),
            Err(error) => Err(Failure::new(
                format!("opening the store in `{}` failed", self.dir.display()),
                "if another quickstart or collector uses this folder, end it, or choose another \
                 folder with --dir",
            )
            .because(&error)),
        }
    }

    /// What an operator shows.
    pub(crate) fn operator_dir(&self) -> PathBuf {
        folder::operator_dir(&self.dir)
    }

    /// Declarations, people and teams.
    pub(crate) fn owners_dir(&self) -> PathBuf {
        self.dir.join("owners")
    }

    /// The agent's state.
    pub(crate) fn agent_dir(&self) -> PathBuf {
        self.dir.join("agent")
    }

    /// The agent's configuration.
    pub(crate) fn agent_config(&self) -> PathBuf {
        self.dir.join("agent.toml")
    }

    /// What the agent had to say.
    pub(crate) fn agent_log(&self) -> PathBuf {
        self.dir.join("agent.log")
    }

    /// Lets other commands on this machine find the collector.
    pub(crate) fn address_write(&self, address: &str) -> Result<(), Failure> {
        let path = self.operator_dir().join("address");
        fs::write(&path, format!("{address}\n")).map_err(|error| file_failed(&path, &error))
    }

    /// Nobody listens there any more.
    pub(crate) fn address_remove(&self) {
        // If it stays, the next command says that nobody answers there, which is true.
        let _kept = fs::remove_file(self.operator_dir().join("address"));
    }
}

/// A file of the folder that cannot be used.
pub(crate) fn file_failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("using `{}` failed", path.display()),
        "check that the folder can be written, or choose another with --dir",
    )
    .because(error)
}

#[cfg(test)]
mod tests;
