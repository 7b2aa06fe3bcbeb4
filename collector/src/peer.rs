//! Who is at the other end of a connection, as its certificate tells.
//!
//! The TLS layer puts a [`Peer`] into the extensions of every request; the services only look at it,
//! and never at what a message says about its sender.

use model::AgentId;

/// Who sent a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Peer {
    /// Somebody without a client certificate: they may redeem an invitation and nothing else.
    Anonymous,
    /// An agent, and the serial number of its certificate in hexadecimal.
    Agent(AgentId, String),
    /// An operator, by the name in the certificate.
    Operator(String),
}
