//! An HTTP proxy in front of an AWS server that counts the calls by action and answers some badly.
//!
//! One request a connection, so that what it does to one call touches no other. The action is the
//! `Action` of a query API (IAM, STS) or what follows the dot in `X-Amz-Target` (Secrets Manager,
//! SSM, KMS, ACM).

mod request;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use crate::process::pause;
use request::Request;

/// What is done to a call instead of, or to, its right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 403 with the code, such as `AccessDenied`, in the API's own form.
    Denied(&'static str),
    /// 400 `Throttling` for query APIs, as IAM does it; 429 for the others, with `Retry-After` if given.
    Throttled {
        /// Seconds that the answer asks to wait.
        retry_after_seconds: Option<u32>,
    },
    /// 429 whatever the API, as a gateway in front does it.
    TooMany {
        /// Seconds that the answer asks to wait.
        retry_after_seconds: Option<u32>,
    },
    /// 500 with a page of HTML, which is no API's form.
    Html,
    /// 503 with an empty body.
    Unavailable,
    /// The right answer up to the middle of its body, then the end of the connection.
    Cut,
    /// The connection ends without an answer.
    Hangup,
    /// The right answer, late.
    Slow(Duration),
    /// 200 with these bytes as the body.
    Body(&'static str),
}

/// A running proxy; dropping it closes its port.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    calls: BTreeMap<String, u64>,
    orders: Vec<Order>,
    closed: bool,
}

/// `fault` for calls of `action` number `from` (the first is 1) and on, `times` of them.
#[derive(Debug)]
struct Order {
    action: String,
    from: u64,
    times: u64,
    fault: Fault,
}

impl FaultProxy {
    /// Starts a proxy before `server`.
    ///
    /// # Errors
    /// If no port is free.
    pub fn before(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("opening the proxy's port")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Shared::default()));
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, server, &accepting));
        Ok(Self { address, shared })
    }

    /// What `AWS_ENDPOINT_URL` must be for a client to come here.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on every call of `action` fails so.
    pub fn always(&self, action: &str, fault: Fault) {
        self.order(action, 1, u64::MAX, fault);
    }

    /// The next `times` calls of `action` fail so, then it works again.
    pub fn next(&self, action: &str, times: u64, fault: Fault) {
        let from = self.calls_of(action).saturating_add(1);
        self.order(action, from, times, fault);
    }

    /// Call `number` of `action` fails so, the first being 1.
    pub fn nth(&self, action: &str, number: u64, fault: Fault) {
        self.order(action, number, 1, fault);
    }

    /// Takes back all faults.
    pub fn mend(&self) {
        held(&self.shared).orders.clear();
    }

    /// How many calls of each action came, failed ones included.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        held(&self.shared).calls.clone()
    }

    /// How many calls of `action` came.
    pub fn calls_of(&self, action: &str) -> u64 {
        held(&self.shared).calls.get(action).copied().unwrap_or_default()
    }

    /// How many calls came in all.
    pub fn calls_count(&self) -> u64 {
        held(&self.shared).calls.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Starts counting anew. Faults ordered by number count from here.
    pub fn forget(&self) {
        held(&self.shared).calls.clear();
    }

    fn order(&self, action: &str, from: u64, times: u64, fault: Fault) {
        let order = Order { action: action.to_owned(), from, times, fault };
        held(&self.shared).orders.push(order);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        held(&self.shared).closed = true;
        // Wakes the thread that waits for connections, so that it sees the end.
        let _woken = TcpStream::connect(self.address);
    }
}

impl Shared {
    /// Counts one call and says what is to be done to it. The last order that fits wins. Two services
    /// may have an action of the same name: an order can also name the `target` with the service.
    fn meet(&mut self, action: &str, target: Option<&str>) -> Option<Fault> {
        let count = self.calls.entry(action.to_owned()).or_default();
        *count = count.saturating_add(1);
        let number = *count;
        let fits = |order: &&Order| {
            let is_due = number >= order.from && number < order.from.saturating_add(order.times);
            (order.action == action || target == Some(&order.action)) && is_due
        };
        self.orders.iter().rev().find(fits).map(|order| order.fault.clone())
    }
}

fn accept(listener: &TcpListener, server: SocketAddr, shared: &Arc<Mutex<Shared>>) {
    for client in listener.incoming() {
        if held(shared).closed {
            return;
        }
        let Ok(client) = client else { continue };
        let shared = Arc::clone(shared);
        // A client that goes away in the middle is its own business.
        thread::spawn(move || serve(client, server, &shared));
    }
}

fn serve(mut client: TcpStream, server: SocketAddr, shared: &Mutex<Shared>) -> anyhow::Result<()> {
    let request = Request::read(&mut client)?;
    let action = request.action();
    let fault = held(shared).meet(&action, request.target());
    match fault {
        None => client.write_all(&forward(&request, server)?)?,
        Some(Fault::Slow(delay)) => {
            pause(delay);
            client.write_all(&forward(&request, server)?)?;
        }
        Some(Fault::Cut) => {
            let answer = forward(&request, server)?;
            client.write_all(cut_in_body(&answer))?;
        }
        Some(Fault::Hangup) => {}
        Some(fault) => client.write_all(answer_of(&fault, request.is_query()).as_bytes())?,
    }
    client.shutdown(Shutdown::Both)?;
    Ok(())
}

/// The server's whole answer, head and body.
fn forward(request: &Request, server: SocketAddr) -> anyhow::Result<Vec<u8>> {
    let mut upstream = TcpStream::connect(server).context("reaching the server")?;
    upstream.write_all(&request.closing())?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// The head and the first half of the body.
fn cut_in_body(answer: &[u8]) -> &[u8] {
    let body = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or_default();
    let half = answer.len().saturating_sub(body).checked_div(2).unwrap_or_default();
    answer.get(..body.saturating_add(half)).unwrap_or_default()
}

/// The answer of a fault that never asks the server.
fn answer_of(fault: &Fault, is_query: bool) -> String {
    match fault {
        Fault::Denied(code) => answer("403 Forbidden", None, &error_body(code, is_query), is_query),
        Fault::Throttled { retry_after_seconds } => {
            let status = if is_query { "400 Bad Request" } else { "429 Too Many Requests" };
            let code = if is_query { "Throttling" } else { "ThrottlingException" };
            answer(status, *retry_after_seconds, &error_body(code, is_query), is_query)
        }
        Fault::TooMany { retry_after_seconds } => {
            answer("429 Too Many Requests", *retry_after_seconds, "", is_query)
        }
        Fault::Html => {
            let page = "<!doctype html><html><body><h1>Internal Server Error</h1></body></html>";
            with_type("500 Internal Server Error", None, "text/html", page)
        }
        Fault::Body(body) => answer("200 OK", None, body, is_query),
        Fault::Unavailable | Fault::Cut | Fault::Hangup | Fault::Slow(_) => {
            answer("503 Service Unavailable", None, "", is_query)
        }
    }
}

fn error_body(code: &str, is_query: bool) -> String {
    if is_query {
        format!(
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
             <Type>Sender</Type><Code>{code}</Code><Message>made up</Message></Error>\
             <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
        )
    } else {
        format!("{{\"__type\":\"{code}\",\"message\":\"made up\"}}")
    }
}

fn answer(status: &str, retry_after: Option<u32>, body: &str, is_query: bool) -> String {
    let kind = if is_query { "text/xml" } else { "application/x-amz-json-1.1" };
    with_type(status, retry_after, kind, body)
}

fn with_type(status: &str, retry_after: Option<u32>, kind: &str, body: &str) -> String {
    let wait = retry_after.map(|seconds| format!("Retry-After: {seconds}\r\n")).unwrap_or_default();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{wait}\
         Connection: close\r\n\r\n{body}"
    )
}

/// A panic of another test's thread does not make the state unreadable.
fn held(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
