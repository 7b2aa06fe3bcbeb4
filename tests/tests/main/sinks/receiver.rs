//! A receiver of webhooks that checks what <https://www.standardwebhooks.com> tells it to check.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::Value;
use tests::process::pause;

/// A listener on loopback that answers 204, or 503 to the first few.
pub(super) struct Receiver {
    address: SocketAddr,
    got: Arc<Mutex<Got>>,
}

#[derive(Default)]
struct Got {
    /// Places in the feed of findings that were opened.
    opened: BTreeSet<u64>,
    unsigned_count: usize,
    refusals_left: usize,
}

impl Receiver {
    pub(super) fn start(secret: &[u8], refusals: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let got = Arc::new(Mutex::new(Got { refusals_left: refusals, ..Got::default() }));
        let (key, taking) = (hmac::Key::new(hmac::HMAC_SHA256, secret), Arc::clone(&got));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (key, got) = (key.clone(), Arc::clone(&taking));
                thread::spawn(
                    move || while take(stream.as_ref().unwrap(), &key, &got).is_some() {},
                );
            }
        });
        Self { address, got }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests bore no signature by the secret.
    pub(super) fn unsigned_count(&self) -> usize {
        self.got.lock().unwrap().unsigned_count
    }

    /// Waits until exactly these openings came.
    pub(super) fn wait_for(&self, opened: &BTreeSet<u64>) {
        let begun = Instant::now();
        while self.got.lock().unwrap().opened != *opened {
            let got = self.got.lock().unwrap();
            assert!(begun.elapsed() < Duration::from_mins(1), "{:?} of {opened:?}", got.opened);
            drop(got);
            pause(Duration::from_millis(50));
        }
    }
}

/// Takes one request of a connection; nothing at its end.
fn take(stream: &TcpStream, key: &hmac::Key, got: &Mutex<Got>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|len| *len > 0)?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let status = judge(&headers, &body, key, &mut got.lock().unwrap());
    let mut writer = stream;
    write!(writer, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").ok()
}

fn judge(
    headers: &BTreeMap<String, String>,
    body: &[u8],
    key: &hmac::Key,
    got: &mut Got,
) -> &'static str {
    let header = |name: &str| headers.get(name).map(String::as_str).unwrap_or_default();
    let mut signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp"));
    signed.push_str(&String::from_utf8_lossy(body));
    let is_signed = header("webhook-signature").split(' ').any(|signature| {
        let tag = signature.strip_prefix("v1,").and_then(|tag| STANDARD.decode(tag).ok());
        tag.is_some_and(|tag| hmac::verify(key, signed.as_bytes(), &tag).is_ok())
    });
    if !is_signed {
        got.unsigned_count = got.unsigned_count.saturating_add(1);
        return "401 Unauthorized";
    }
    if let Some(left) = got.refusals_left.checked_sub(1) {
        got.refusals_left = left;
        return "503 Service Unavailable";
    }
    let message: Value = serde_json::from_slice(body).unwrap();
    for event in message["data"]["events"].as_array().unwrap() {
        if event["change"] == "finding.opened" {
            got.opened.insert(event["cursor"].as_u64().unwrap());
        }
    }
    "204 No Content"
}
