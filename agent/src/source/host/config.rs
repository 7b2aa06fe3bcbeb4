//! What the operator may say about the host source, and what holds if they say nothing.

use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Where to look and where to stop.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostConfig {
    /// The directory that stands for `/`. Default: `/`. An image that is mounted elsewhere can be
    /// looked at with this.
    pub root: PathBuf,
    /// How the host is called in every id. Default: what `/etc/hostname` says, else the kernel.
    pub name: Option<String>,
    /// The directory trees to search, each a scope of its own, by absolute paths below
    /// [`Self::root`]. A tree within another is left out of the other. The homes of all accounts are
    /// searched too, wherever they are.
    #[serde(deserialize_with = "absolute")]
    pub trees: Vec<PathBuf>,
    /// What is left out of the trees: an absolute path with all below it, or the bare name of a
    /// directory wherever it lies. Taken together with [`Self::EXCLUDED`].
    pub exclude: Vec<String>,
    /// Leave out nothing but what [`Self::exclude`] says. Default: false.
    pub exclude_nothing_else: bool,
    /// A file that may hold credentials and is longer than this, in bytes, gives its tree up.
    /// Default: 1 MiB, four times the bundle of all public authorities.
    pub file_bytes_max: usize,
    /// How many directories deep a tree is searched; one that is deeper is given up. Default: 32.
    pub depth_max: u32,
    /// How many files a tree may have; one that has more is given up. Default: 5,000,000.
    pub files_max: u64,
    /// Whether to search file systems that are mounted within a tree. Default: false, as they may
    /// be slow, shared with other hosts, or without end.
    pub cross_file_systems: bool,
}

impl HostConfig {
    /// The trees searched by default: where people and services keep what is theirs.
    pub const TREES: &'static [&'static str] = &[
        "/etc",
        "/home",
        "/opt",
        "/root",
        "/srv",
        "/usr/local",
        "/usr/share/ca-certificates",
        "/var/lib",
        "/var/www",
    ];

    /// What is left out by default: what package managers put there and what containers are made
    /// of. It is not the organisation's, and the containers are looked at from within.
    pub const EXCLUDED: &'static [&'static str] = &[
        "/var/lib/apt",
        "/var/lib/containerd",
        "/var/lib/containers",
        "/var/lib/docker",
        "/var/lib/dpkg",
        "/var/lib/flatpak",
        "/var/lib/rpm",
        "/var/lib/snapd",
        ".cache",
        ".cargo/registry",
        ".git/objects",
        ".nvm/versions",
        ".pyenv/versions",
        ".rbenv/versions",
        ".rustup",
        "__pycache__",
        "dist-packages",
        "go/pkg/mod",
        "node_modules",
        "site-packages",
    ];
}

impl Default for HostConfig {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
            name: None,
            trees: Self::TREES.iter().map(PathBuf::from).collect(),
            exclude: Vec::new(),
            exclude_nothing_else: false,
            file_bytes_max: 1024 * 1024,
            depth_max: 32,
            files_max: 5_000_000,
            cross_file_systems: false,
        }
    }
}

fn absolute<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PathBuf>, D::Error> {
    let trees = Vec::<PathBuf>::deserialize(from)?;
    match trees.iter().find(|tree| !tree.is_absolute()) {
        None => Ok(trees),
        Some(tree) => Err(D::Error::custom(format!(
            "`{}` is no absolute path: write it from `/` on",
            tree.display()
        ))),
    }
}

/// What is left out, ready to be asked about every directory.
#[derive(Clone, Debug)]
pub(super) struct Excluded {
    paths: Vec<String>,
    tails: Vec<String>,
}

impl Excluded {
    pub(super) fn of(config: &HostConfig) -> Self {
        let built_in = if config.exclude_nothing_else { &[] } else { HostConfig::EXCLUDED };
        let (mut paths, mut tails) = (Vec::new(), Vec::new());
        for entry in built_in.iter().copied().chain(config.exclude.iter().map(String::as_str)) {
            let entry = entry.trim_end_matches('/');
            if entry.starts_with('/') {
                paths.push(entry.to_owned());
            } else if !entry.is_empty() {
                tails.push(format!("/{entry}"));
            }
        }
        Self { paths, tails }
    }

    /// Whether the directory or file at `path`, as the host knows it, is left out.
    pub(super) fn covers(&self, path: &str) -> bool {
        let is_below = |top: &String| {
            path.strip_prefix(top.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.tails.iter().any(|tail| path.ends_with(tail.as_str()))
            || self.paths.iter().any(is_below)
    }
}
