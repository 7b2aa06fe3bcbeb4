//! Where things are by default: the only place of this program that reads the environment.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use crate::command::{ColorChoice, Reach};
use crate::failure::Failure;
use crate::output::style::Style;

/// The port of a collector that was not told another.
const COLLECTOR_DEFAULT: &str = "127.0.0.1:7654";

/// Where the environment can be asked; a function, so that tests have one of their own.
pub(crate) type Environment = fn(&str) -> Option<OsString>;

/// The environment of this process. A variable that is empty counts as absent.
pub(crate) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// How the collector is reached.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Target {
    /// Its address, `host:port`.
    pub(crate) address: String,
    /// The folder with the operator's certificate and key and the collector's authority.
    pub(crate) identity: PathBuf,
}

/// Puts together what was said on the line, in the environment and in the identity folder.
pub(crate) fn target(reach: &Reach, environment: Environment) -> Result<Target, Failure> {
    let identity = match &reach.identity {
        Some(dir) => dir.clone(),
        None => match environment("MUSTER_IDENTITY") {
            Some(dir) => dir.into(),
            None => data_dir(environment)?.join("operator"),
        },
    };
    let from_environment = || environment("MUSTER_COLLECTOR")?.into_string().ok();
    let said = reach.collector.clone().or_else(from_environment);
    let address = said.or_else(|| address_file(&identity));
    let address = address.unwrap_or_else(|| COLLECTOR_DEFAULT.to_owned());
    let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    if port.is_none() {
        return Err(Failure::usage(
            format!("`{address}` is no address of a collector"),
            "write it as host:port, such as 127.0.0.1:7654",
        ));
    }
    Ok(Target { address, identity })
}

/// The address that a collector on this machine left beside the operator's identity.
fn address_file(identity: &Path) -> Option<String> {
    // BOUND: an address is short; a longer file is something else.
    const ADDRESS_BYTES_MAX: usize = 300;
    let text = std::fs::read_to_string(identity.join("address")).ok()?;
    let text = text.trim();
    (!text.is_empty() && text.len() <= ADDRESS_BYTES_MAX).then(|| text.to_owned())
}

/// The folder in which a collector of this user keeps its data.
pub(crate) fn data_dir(environment: Environment) -> Result<PathBuf, Failure> {
    if let Some(dir) = environment("MUSTER_DATA_DIR") {
        return Ok(dir.into());
    }
    // The XDG base directory specification: a relative path is to be ignored.
    let xdg = environment("XDG_DATA_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let home = || environment("HOME").map(|home| Path::new(&home).join(".local/share"));
    match xdg.or_else(home) {
        Some(dir) => Ok(dir.join("muster")),
        None => Err(Failure::new(
            "there is no folder for data: neither XDG_DATA_HOME nor HOME is set",
            "name a folder with --dir or --identity",
        )),
    }
}

/// Whether to use colour on a stream that is a terminal or not. See <https://no-color.org>.
pub(crate) fn style(choice: ColorChoice, is_terminal: bool, environment: Environment) -> Style {
    let wanted = is_terminal
        && environment("NO_COLOR").is_none()
        && environment("TERM").is_none_or(|term| term != "dumb");
    let color = match choice {
        ColorChoice::Auto => wanted,
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    };
    Style { color }
}

/// Columns of the terminal that standard output is, if it is one.
pub(crate) fn width() -> Option<usize> {
    // Below this no table is of use, and lines may as well wrap.
    const WIDTH_MIN: usize = 40;
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size()?;
    Some(usize::from(columns).max(WIDTH_MIN))
}

#[cfg(test)]
mod tests;
