//! Who is at the other end of a connection, as its certificate tells.
//!
//! The TLS layer puts a [`Peer`] into the extensions of every request; the services only look at it,
//! and never at what a message says about its sender.

use std::net::IpAddr;

use jiff::Timestamp;
use model::{AgentId, Refusal};

/// Who sent a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Peer {
    /// Somebody at this address without a client certificate: they may redeem an invitation and
    /// nothing else.
    Anonymous(IpAddr),
    /// An agent.
    Agent(Shown),
    /// An operator, by the name in the certificate.
    Operator(String),
}

/// What an agent's certificate says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    /// Whose it is.
    pub agent: AgentId,
    /// Its serial number, in hexadecimal.
    pub serial: String,
    /// When it ends: also for a session that is open by then.
    pub ends_at: Timestamp,
}

impl Peer {
    /// Told to the operator when a call was not theirs to make.
    #[must_use]
    pub fn refused(&self, detail: &str) -> Refusal {
        let code = "not_permitted".to_owned();
        Refusal { peer: self.name(), code, detail: detail.to_owned() }
    }

    /// How the feed calls them.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Anonymous(address) => address.to_string(),
            Self::Agent(shown) => shown.agent.0.clone(),
            Self::Operator(name) => name.clone(),
        }
    }
}
