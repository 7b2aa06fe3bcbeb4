//! The bare wire: real batches over one gRPC stream, each acknowledged unread, plain on loopback.

use std::pin::Pin;
use std::time::{Duration, Instant};

use anyhow::bail;
use proto::v1;
use proto::v1::ingest_client::IngestClient;
use proto::v1::ingest_server::{Ingest, IngestServer};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic::{Request, Response, Status, Streaming};

use super::{Line, mib_count};

/// About 60 MB on the wire.
const BATCHES_COUNT: usize = 300;

/// A full batch of an agent has up to a quarter of a MiB.
const BATCH_BYTES_LEN: usize = 200_000;

/// BOUND: what may be under way unacknowledged, as between agent and collector.
const WINDOW_MAX: usize = 8;

/// Sends all batches and waits for the last acknowledgement.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let batches = vec![vec![0x5a; BATCH_BYTES_LEN]; BATCHES_COUNT];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let elapsed = runtime.block_on(send(batches))?;
    let bytes = u64::try_from(BATCHES_COUNT.saturating_mul(BATCH_BYTES_LEN))?;
    let value = format!("{:.0} MiB/s", mib_count(bytes) / elapsed.as_secs_f64());
    Ok(vec![Line::plain("bare tonic, batches acknowledged unread, no TLS", value)])
}

/// Sends encoded `batches` over one stream; how long that took.
pub(super) async fn send(batches: Vec<Vec<u8>>) -> anyhow::Result<Duration> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let mut serving = JoinSet::new();
    let server = Server::builder().add_service(IngestServer::new(Unread));
    serving.spawn(server.serve_with_incoming(TcpIncoming::from(listener)));

    let last = u64::try_from(batches.len())?;
    let channel = Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
    let mut client = IngestClient::new(channel);
    let (sender, receiver) = mpsc::channel(WINDOW_MAX);
    let begun = Instant::now();
    serving.spawn(async move {
        for (seq, entries) in (1..).zip(batches) {
            let kind = Some(v1::from_agent::Kind::Batch(v1::Batch { seq, entries }));
            if sender.send(v1::FromAgent { kind }).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    let mut answers = client.session(ReceiverStream::new(receiver)).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        if let Some(v1::to_agent::Kind::Ack(ack)) = answer.kind
            && ack.seq == last
        {
            return Ok(begun.elapsed());
        }
    }
    bail!("the stream ended before the last acknowledgement")
}

/// Acknowledges everything and looks at nothing.
struct Unread;

type Answers = Pin<Box<dyn Stream<Item = Result<v1::ToAgent, Status>> + Send>>;

#[tonic::async_trait]
impl Ingest for Unread {
    type SessionStream = Answers;

    async fn session(
        &self,
        request: Request<Streaming<v1::FromAgent>>,
    ) -> Result<Response<Answers>, Status> {
        let answers = request.into_inner().map(|message| {
            let seq = match message?.kind {
                Some(v1::from_agent::Kind::Batch(batch)) => batch.seq,
                Some(v1::from_agent::Kind::Hello(_)) | None => 0,
            };
            Ok(v1::ToAgent { kind: Some(v1::to_agent::Kind::Ack(v1::Ack { seq })) })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn renew(
        &self,
        _request: Request<v1::RenewRequest>,
    ) -> Result<Response<v1::RenewReply>, Status> {
        Err(Status::unimplemented("not measured"))
    }
}
