//! A tree of files as a server has it: programs and texts, and here and there a key.
//!
//! Of a thousand files five are private keys, ten certificates, five `.env`, forty JSON, and five
//! large; half of the others have a name that says nothing.

use std::fs;
use std::path::Path;

use anyhow::Context;
use rcgen::{CertifiedKey, generate_simple_self_signed};

/// BOUND: files of one folder.
const FOLDER_FILES_MAX: usize = 50;

/// Different keys, over which the files are dealt.
const KEYS_COUNT: usize = 40;

/// Names of which the scan knows that they hold no keys, and others.
const EXTENSIONS: [&str; 10] =
    [".py", ".html", ".so", ".js", ".png", ".conf", ".txt", "", ".log", ".xml"];

/// What was planted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planted {
    /// How many files.
    pub(super) files_count: usize,
    /// How long they are together.
    pub(super) bytes_len: u64,
}

/// Makes `root` a host with `files_count` files below `/srv`.
pub(super) fn plant(root: &Path, files_count: usize) -> anyhow::Result<Planted> {
    let etc = root.join("etc");
    fs::create_dir_all(&etc)?;
    fs::write(etc.join("hostname"), "bench\n")?;
    fs::write(
        etc.join("passwd"),
        "root:x:0:0:root:/root:/bin/bash\nweb:x:1000:1000::/srv:/bin/sh\n",
    )?;
    fs::write(etc.join("group"), "root:x:0:\nweb:x:1000:\n")?;
    let process = root.join("proc/1");
    fs::create_dir_all(&process)?;
    fs::write(process.join("status"), "Name:\tinit\nUid:\t0\t0\t0\t0\nVmSize:\t1 kB\n")?;
    let mut keys = Vec::new();
    for number in 0..KEYS_COUNT {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([format!("service-{number}.example")])?;
        keys.push((signing_key.serialize_pem(), cert.pem()));
    }
    let mut bytes_len: u64 = 0;
    let mut folder = root.to_owned();
    for number in 0..files_count {
        let place = number.checked_rem(FOLDER_FILES_MAX).unwrap_or_default();
        if place == 0 {
            let nth = number.checked_div(FOLDER_FILES_MAX).unwrap_or_default();
            let service = nth.checked_rem(97).unwrap_or_default();
            folder = root.join(format!("srv/service-{service:02}/part-{nth:05}"));
            fs::create_dir_all(&folder)?;
        }
        let key = number.checked_div(200).and_then(|it| it.checked_rem(KEYS_COUNT));
        let (private, certificate) = key.and_then(|key| keys.get(key)).context("there are keys")?;
        let (name, content) = match number.checked_rem(1_000).unwrap_or_default() {
            0..5 => (format!("tls-{number}.key"), private.clone().into_bytes()),
            5..15 => (format!("tls-{number}.pem"), certificate.clone().into_bytes()),
            15..20 => (format!(".env.stage{number}"), environment(number)),
            20..60 => (
                format!("data-{number}.json"),
                format!("{{\"number\":{number},\"items\":[{}1]}}", "1,".repeat(700)).into_bytes(),
            ),
            60..65 => (format!("archive-{number}.bin"), noise(number, 256 * 1024)),
            _ => {
                let extension = number.checked_rem(EXTENSIONS.len());
                let extension = extension.and_then(|it| EXTENSIONS.get(it)).context("a name")?;
                let len = number.wrapping_mul(2_654_435_761).checked_rem(8_192).unwrap_or_default();
                (format!("file-{number}{extension}"), noise(number, len))
            }
        };
        bytes_len = bytes_len.saturating_add(u64::try_from(content.len())?);
        fs::write(folder.join(name), content)?;
    }
    Ok(Planted { files_count, bytes_len })
}

fn environment(number: usize) -> Vec<u8> {
    format!(
        "LOG_LEVEL=info\nDATABASE_HOST=db.example\nDATABASE_PASSWORD=made-up-{number}-Xk29dLq0\n"
    )
    .into_bytes()
}

/// Bytes that repeat nowhere, in no way that matters here.
fn noise(seed: usize, len: usize) -> Vec<u8> {
    let mut state = u64::try_from(seed).unwrap_or(0) | 1;
    let mut bytes = Vec::with_capacity(len.saturating_add(8));
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}
