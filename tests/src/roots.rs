//! Small trees of files for the host source, and what a collector says of them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use proto::v1;
use proto::v1::query_client::QueryClient;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::chance::Chance;
use crate::line::Line;
use crate::raw::{Raw, Shown};

/// BOUND: how many places for keys a tree has, and how many keys there are; few enough that they
/// meet often.
const PLACES_MAX: u64 = 40;
const KEYS_MAX: u64 = 12;

/// BOUND: half a minute, asked ten times a second.
const JUDGED_ASKED_MAX: usize = 300;

/// A tree that stands for a host's `/`.
#[derive(Debug)]
pub struct Root(TempDir);

impl Root {
    /// A host with one account, one process, and no keys.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new() -> anyhow::Result<Self> {
        let root = Self(tempfile::tempdir()?);
        root.write("etc/passwd", "ada:x:1000:1000::/home/ada:/bin/bash\n")?;
        root.write("proc/1/status", "Name:\tinit\nUid:\t0\t0\t0\t0\nVmSize:\t1 kB\n")?;
        fs::create_dir_all(root.0.path().join("home/ada"))?;
        Ok(root)
    }

    /// The configuration that has this tree looked into as the host `name`, as often as an agent
    /// may.
    pub fn source(&self, name: &str) -> String {
        format!(
            "[[source]]\nkind = \"host\"\ninterval = \"10s\"\njitter = \"0s\"\n\
             root = \"{}\"\nname = \"{name}\"\ntrees = [\"/home\", \"/etc\"]\n",
            self.0.path().display()
        )
    }

    /// Puts the key of that number into the file of that number.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn put(&self, place: u64, key: u64) -> anyhow::Result<()> {
        let text = format!(
            "[default]\naws_access_key_id = AKIAEXAMPLE{key:09}\n\
             aws_secret_access_key = made-up-{key}\n"
        );
        self.write(&Self::place(place), &text)
    }

    /// Removes the file of that number, if it is there.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, place: u64) -> anyhow::Result<()> {
        match fs::remove_file(self.0.path().join(Self::place(place))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Changes a few places at random.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn change(&self, chance: &mut Chance) -> anyhow::Result<()> {
        for _ in 0..=chance.below(8) {
            let place = chance.below(PLACES_MAX);
            if chance.below(3) == 0 {
                self.remove(place)?;
            } else {
                self.put(place, chance.below(KEYS_MAX))?;
            }
        }
        Ok(())
    }

    fn place(number: u64) -> String {
        format!("home/ada/app-{number}/.aws/credentials")
    }

    fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let path = self.0.path().join(path);
        let folder = path.parent().context("a file lies in a folder")?;
        fs::create_dir_all(folder)?;
        fs::write(&path, text).with_context(|| format!("writing `{}`", path.display()))
    }
}

/// Everything that the collector says exists, in its order, without the times at which it learnt of
/// it: two collectors that were told the same say the same.
///
/// # Errors
/// If it does not answer.
pub fn inventory(line: &Line) -> anyhow::Result<Vec<Value>> {
    let answer = line.json(&["identities", "list"])?;
    let Value::Array(mut identities) = answer else { anyhow::bail!("no list: {answer}") };
    for identity in &mut identities {
        let findings = identity.get("findings").and_then(Value::as_array);
        let timeless = |it: &Value| json!([it["id"], it["rule"], it["severity"]]);
        let findings: Vec<Value> = findings.into_iter().flatten().map(timeless).collect();
        identity["findings"] = findings.into();
    }
    Ok(identities)
}

/// The state of each scope with its digest, in order.
///
/// # Errors
/// If the collector does not answer.
pub async fn digests(line: &Line) -> anyhow::Result<Vec<String>> {
    let raw = Raw::to(line, Some(Shown::operator(line)?))?;
    let mut client = QueryClient::new(raw.channel().await?);
    let reply = client.coverage(v1::CoverageRequest {}).await?.into_inner();
    let told = |it: v1::ScopeStatus| format!("{} {:?} {:?}", it.scope, it.state, it.digest);
    let mut scopes: Vec<String> = reply.scopes.into_iter().map(told).collect();
    scopes.sort();
    Ok(scopes)
}

/// Waits until the collector has judged everything that it was told.
///
/// # Errors
/// If it has not within half a minute.
pub async fn judged(line: &Line) -> anyhow::Result<()> {
    let raw = Raw::to(line, Some(Shown::operator(line)?))?;
    let mut client = QueryClient::new(raw.channel().await?);
    for _ in 0..JUDGED_ASKED_MAX {
        if client.status(v1::StatusRequest {}).await?.into_inner().due == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the collector still judges")
}

/// Copies a folder with all below it.
///
/// # Errors
/// If a file cannot be read or written.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
