//! rsyslog: a receiver of RFC 5424 over TCP, plain or with TLS, that writes what it got to a file.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use tempfile::TempDir;

use super::installed;
use crate::process::{Process, port_in};

/// How messages come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Octet-counted over bare TCP.
    Tcp,
    /// The same inside TLS; the receiver shows a certificate for `localhost` of its own CA.
    Tls,
}

/// A running rsyslog.
#[derive(Debug)]
pub struct Rsyslog {
    process: Process,
    port: u16,
    authority_pem: String,
}

impl Rsyslog {
    /// Starts a receiver.
    ///
    /// # Errors
    /// If rsyslog is not installed or refuses its configuration; its own words are in the error.
    pub fn start(transport: Transport) -> anyhow::Result<Self> {
        let folder = TempDir::new().context("making a folder for rsyslog")?;
        let authority_pem = keys_write(folder.path())?;
        let configuration = folder.path().join("rsyslog.conf");
        fs::write(&configuration, configuration_text(folder.path(), transport))?;

        let packages = installed("MUSTER_TEST_DEBIAN")?;
        let libraries = libraries(&packages)?;
        let mut command = Command::new(packages.join("usr/sbin/rsyslogd"));
        command
            .arg("-n")
            .args(["-i".as_ref(), folder.path().join("pid").as_os_str()])
            .args(["-f".as_ref(), configuration.as_os_str()])
            .args(["-M".as_ref(), libraries.join("rsyslog").as_os_str()])
            .env("LD_LIBRARY_PATH", &libraries);
        let port_file = folder.path().join("port");
        let mut process = Process::start("rsyslog", &command, folder)?;
        let port = process.wait_for(|| port_in(&port_file))?;
        let mut rsyslog = Self { process, port, authority_pem };
        rsyslog.process.wait_for_listener(rsyslog.address())?;
        Ok(rsyslog)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The certificate of the authority that signed the receiver's, as PEM.
    pub fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// The messages on its disk, each one a line as it came, oldest first.
    pub fn messages(&self) -> Vec<String> {
        let file = self.process.folder().join("messages");
        fs::read_to_string(file).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Waits until a message on its disk contains `text`, and gives the message.
    ///
    /// # Errors
    /// If none does in time.
    pub fn wait_for_message(&mut self, text: &str) -> anyhow::Result<String> {
        let file = self.process.folder().join("messages");
        self.process.wait_for(|| {
            let messages = fs::read_to_string(&file).unwrap_or_default();
            messages.lines().find(|message| message.contains(text)).map(str::to_owned)
        })
    }

    /// The process, for its id, its log and to end it in the middle of a test.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// The library folder of the unpacked packages; its name has the machine's architecture.
fn libraries(packages: &Path) -> anyhow::Result<PathBuf> {
    for entry in fs::read_dir(packages.join("usr/lib")).context("looking for rsyslog's modules")? {
        let folder = entry?.path();
        if folder.join("rsyslog/imtcp.so").is_file() {
            return Ok(folder);
        }
    }
    anyhow::bail!("no module of rsyslog in `{}`", packages.display())
}

/// Makes an authority and a certificate for `localhost`; the authority's certificate is given back.
fn keys_write(folder: &Path) -> anyhow::Result<String> {
    let authority_key = rcgen::KeyPair::generate()?;
    let mut authority = rcgen::CertificateParams::new(Vec::new())?;
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, "made-up authority");
    let authority_pem = authority.self_signed(&authority_key)?.pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate()?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certificate = rcgen::CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    fs::write(folder.join("authority.pem"), &authority_pem)?;
    fs::write(folder.join("certificate.pem"), certificate.pem())?;
    fs::write(folder.join("key.pem"), key.serialize_pem())?;
    Ok(authority_pem)
}

fn configuration_text(folder: &Path, transport: Transport) -> String {
    let folder = folder.display();
    let driver = match transport {
        Transport::Tcp => String::new(),
        Transport::Tls => "StreamDriver.Name=\"gtls\" StreamDriver.Mode=\"1\" \
             StreamDriver.AuthMode=\"anon\""
            .to_owned(),
    };
    // %rawmsg-after-pri% would lose the priority; a claim about RFC 5424 needs every byte.
    format!(
        r#"global(workDirectory="{folder}" maxMessageSize="64k"
       defaultNetstreamDriverCAFile="{folder}/authority.pem"
       defaultNetstreamDriverCertFile="{folder}/certificate.pem"
       defaultNetstreamDriverKeyFile="{folder}/key.pem")
module(load="imtcp" {driver})
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="{folder}/port")
template(name="raw" type="string" string="%rawmsg%\n")
action(type="omfile" file="{folder}/messages" template="raw" asyncWriting="off")
"#
    )
}
