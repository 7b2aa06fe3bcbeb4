//! One HTTP/1.1 request as the proxy reads it: its head as lines, its body by `Content-Length`.

use std::io::Read;
use std::net::TcpStream;

use anyhow::{Context, bail};

/// BOUND: an AWS request is a few KiB; policies of 128 KiB are the largest that it can carry.
const REQUEST_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A whole request.
pub(super) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// Reads a request to its end.
    pub(super) fn read(stream: &mut TcpStream) -> anyhow::Result<Self> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 8_192];
        loop {
            if let Some(request) = Self::parse(&bytes) {
                return Ok(request);
            }
            if bytes.len() > REQUEST_BYTES_MAX {
                bail!("the request is too large");
            }
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                bail!("the request was cut");
            }
            bytes.extend_from_slice(buffer.get(..count).context("what was read")?);
        }
    }

    /// The request, if `bytes` hold all of it.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
        let from = end.checked_add(4)?;
        let mut request = Self { head, body: Vec::new() };
        let length: usize = match request.header("content-length") {
            Some(length) => length.parse().ok()?,
            None => 0,
        };
        request.body = bytes.get(from..from.checked_add(length)?)?.to_vec();
        Some(request)
    }

    /// Whether it is of a query API, whose action is a form field.
    pub(super) fn is_query(&self) -> bool {
        self.target().is_none()
    }

    /// The API action, or method and path if it bears none.
    pub(super) fn action(&self) -> String {
        if let Some(target) = self.target() {
            return target.rsplit('.').next().unwrap_or(target).to_owned();
        }
        let form = String::from_utf8_lossy(&self.body);
        let field = form.split('&').find_map(|field| field.strip_prefix("Action="));
        let line = self.head.lines().next().unwrap_or_default();
        let method_and_path = line.rsplit_once(' ').map_or(line, |(before, _)| before);
        field.unwrap_or(method_and_path).to_owned()
    }

    /// Service and action, such as `AppRunner.ListServices`, if the head names them.
    pub(super) fn target(&self) -> Option<&str> {
        self.header("x-amz-target")
    }

    /// The same request, asking for the connection's end after the answer.
    pub(super) fn closing(&self) -> Vec<u8> {
        let is_connection = |line: &&str| line.to_ascii_lowercase().starts_with("connection:");
        let lines: Vec<&str> = self.head.lines().filter(|line| !is_connection(line)).collect();
        let mut bytes = lines.join("\r\n").into_bytes();
        bytes.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}
