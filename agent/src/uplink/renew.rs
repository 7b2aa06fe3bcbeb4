//! Renewing the client certificate at two thirds of its life, with a new key each time.

use std::time::Duration;

use jiff::Timestamp;
use proto::v1;
use tokio::time::{Instant, timeout};

use super::{Ended, Line, Uplink};
use crate::enrol::key_and_request;
use crate::enrolment::{Credentials, validity};
use crate::telemetry::chain;

/// How long the collector may take to sign.
const RENEW_WAIT_MAX: Duration = Duration::from_secs(10);

/// How long until the next attempt after one that failed. Certificates live for days, so there
/// are many before the end.
const AGAIN: Duration = Duration::from_mins(2);

/// When to renew: at two thirds of the certificate's life, at once if that is over.
pub(super) fn renew_at(credentials: &Credentials, now: Timestamp) -> Instant {
    let (start, end) = (credentials.not_before.as_second(), credentials.not_after.as_second());
    let third = end.saturating_sub(start).max(0).div_euclid(3);
    let wait = end.saturating_sub(third).saturating_sub(now.as_second());
    let wait = Duration::from_secs(u64::try_from(wait).unwrap_or(0));
    let start = Instant::now();
    start.checked_add(wait).unwrap_or(start)
}

impl Uplink {
    /// Asks for a new certificate and keeps it. If that fails, the old one goes on being used and
    /// the line stays.
    ///
    /// # Errors
    ///
    /// [`Ended::Renewed`] if it went well: connect again, with the new one.
    pub(super) async fn certificate_renew(&self, line: &mut Line) -> Result<(), Ended> {
        match self.certificate_replace(line).await {
            Ok(()) => {
                self.metrics.certificate_renewals.add(1);
                tracing::info!(collector = %self.collector, "client certificate renewed");
                Err(Ended::Renewed)
            }
            Err(error) => {
                tracing::warn!(error = %chain(&error), "client certificate not renewed, will retry");
                let now = Instant::now();
                line.renew_at = now.checked_add(AGAIN).unwrap_or(now);
                Ok(())
            }
        }
    }

    async fn certificate_replace(&self, line: &mut Line) -> Result<(), Ended> {
        let (key_pem, request) = key_and_request().map_err(Ended::Key)?;
        let reply = timeout(RENEW_WAIT_MAX, line.client.renew(v1::RenewRequest { request }))
            .await
            .map_err(|_elapsed| Ended::Silent)?
            .map_err(|status| Ended::Status(Box::new(status)))?
            .into_inner();
        if validity(&reply.certificate).is_none() {
            return Err(Ended::Protocol("the renewed certificate is none"));
        }
        if self.enrolment.credentials()?.authority.as_ref() != reply.authority.as_slice() {
            return Err(Ended::Protocol("the renewed certificate is from another authority"));
        }
        let enrolment = self.enrolment.clone();
        let renewed = move || enrolment.renewed(&key_pem, &reply.certificate);
        tokio::task::spawn_blocking(renewed).await??;
        Ok(())
    }
}
