//! Enrolment: a one-time token buys a short-lived certificate.
//!
//! ```text
//! muster1.<secret, 64 hexadecimal digits>.<SHA-256 of the authority's certificate, 64 digits>
//! ```
//!
//! The second half lets the agent know the collector before it tells the secret. Of the secret only
//! its digest is stored, and it is taken out as it is used.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::{AgentId, Epoch, Pattern, Refusal, Seq, hex};
use proto::v1;
use ring::rand::{SecureRandom as _, SystemRandom};
use tonic::{Request, Response, Status};
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::authority::{Authority, request_read};
use crate::clock::Clock;
use crate::door::{Refusals, tell};
use crate::store::{AgentRecord, BoxError, Invitation, Store, StoreError};

/// BOUND: a token that nobody used is a door left open: a week at most.
pub const TOKEN_VALIDITY_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The `Enrol` service.
pub struct Enrol {
    /// Where invitations and agents are kept.
    pub store: Arc<dyn Store>,
    /// Who signs.
    pub authority: Arc<Authority>,
    /// How long an agent's certificate holds.
    pub certificate_life: SignedDuration,
    /// What time it is.
    pub clock: Clock,
    /// The deployment's key for fingerprints of secrets.
    pub fingerprint_key: Arc<Zeroizing<Vec<u8>>>,
    /// Where refusals go.
    pub refusals: Refusals,
}

/// Makes a token with which an agent of that name can enrol until `ends_at`.
///
/// # Errors
///
/// [`StoreError::Unavailable`] if the machine gives no random numbers or the store is not there.
pub async fn invite(
    store: &dyn Store,
    authority: &Authority,
    agent: AgentId,
    scopes: Vec<Pattern>,
    ends_at: Timestamp,
) -> Result<String, StoreError> {
    let mut secret = Zeroizing::new([0_u8; 32]);
    SystemRandom::new()
        .fill(&mut *secret)
        .map_err(|_| StoreError::Unavailable(BoxError::from("no random numbers")))?;
    let secret_digest = digest(&*secret);
    store.invitation_put(&Invitation { secret_digest, agent, scopes, ends_at }).await?;
    Ok(format!("muster1.{}.{}", hex(&*secret), authority.anchor_digest()))
}

fn digest(secret: &[u8]) -> [u8; 32] {
    model::sha256(&[b"invitation", secret])
}

#[tonic::async_trait]
impl v1::enrol_server::Enrol for Enrol {
    async fn redeem(
        &self,
        request: Request<v1::RedeemRequest>,
    ) -> Result<Response<v1::RedeemReply>, Status> {
        let asked = request.into_inner();
        let secret = Zeroizing::new(asked.secret);
        let now = self.clock.now();
        // Before the token is taken out: a request that cannot be signed must not use it up.
        if request_read(&asked.request).is_err() {
            let detail = "not a certification request; the token was not used";
            let _told = self.refuse("?", detail);
            return Err(Status::invalid_argument(detail));
        }
        let taken = self
            .store
            .invitation_take(digest(&secret))
            .await
            .map_err(|error| unavailable(&error))?;
        let Some(invitation) = taken else {
            return Err(self.refuse("?", "no such token, or it was used before"));
        };
        let agent = invitation.agent;
        if invitation.ends_at <= now {
            return Err(self.refuse(agent.as_str(), "the token has ended"));
        }
        let issued = self.authority.issue_agent(&agent, &asked.request, self.certificate_life, now);
        let Ok((certificate, serial)) = issued else {
            return Err(Status::invalid_argument("not a certification request"));
        };
        let record = AgentRecord {
            id: agent.clone(),
            scopes: invitation.scopes.clone(),
            serials: vec![serial],
            enrolled_at: now,
            revoked_at: None,
            seen_at: None,
            epoch: Epoch(0),
            acked: Seq(0),
        };
        self.store.agent_put(&record).await.map_err(|error| unavailable(&error))?;
        info!(%agent, "agent enrolled");
        Ok(Response::new(v1::RedeemReply {
            agent: agent.0,
            certificate: certificate.to_vec(),
            authority: self.authority.anchor().to_vec(),
            fingerprint_key: self.fingerprint_key.to_vec(),
            scopes: invitation.scopes.into_iter().map(|pattern| pattern.0).collect(),
        }))
    }
}

impl Enrol {
    /// By way of the door's record, which is thinned: whoever guesses tokens shall not fill the feed.
    fn refuse(&self, peer: &str, detail: &str) -> Status {
        let refusal =
            Refusal { peer: peer.to_owned(), code: "token".to_owned(), detail: detail.to_owned() };
        tell(&self.refusals, refusal);
        Status::permission_denied(format!("{detail}; ask the operator for a new one"))
    }
}

fn unavailable(error: &StoreError) -> Status {
    warn!(%error, "store not available");
    Status::unavailable("the store is not available")
}
