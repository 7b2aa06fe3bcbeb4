//! How agents look.

use proto::v1;
use serde_json::json;

use super::{column, minute_sent, moment_sent};
use crate::failure::Failure;
use crate::output::escape::plain;
use crate::output::style::Tone;
use crate::output::{Cell, Column, Listing, Place, Row, Screen};

const COLUMNS: &[Column] = &[
    column("id", Place::Both),
    column("state", Place::Both),
    column("scopes", Place::Yields),
    column("enrolled", Place::Both),
    column("seen", Place::Both),
    column("acked", Place::Both),
];

/// Agents as rows, in the order given.
pub(crate) fn listing(agents: &[v1::AgentView]) -> Listing {
    Listing {
        columns: COLUMNS.to_vec(),
        rows: agents.iter().map(row).collect(),
        empty: "No agent is enrolled. `muster agents invite NAME --scopes PATTERN` lets one in.",
    }
}

fn row(it: &v1::AgentView) -> Row {
    let (state, tone) = match (&it.revoked_at, &it.seen_at) {
        (Some(_), _) => ("revoked", Tone::Bad),
        (None, Some(_)) => ("enrolled", Tone::Good),
        (None, None) => ("silent", Tone::Warning),
    };
    let cells = vec![
        it.id.as_str().into(),
        Cell::toned(state, tone),
        it.scopes.join(" ").into(),
        minute_sent(it.enrolled_at).into(),
        minute_sent(it.seen_at).into(),
        it.acked_seq.to_string().into(),
    ];
    let value = json!({
        "id": it.id,
        "state": state,
        "scopes": it.scopes,
        "enrolled": moment_sent(it.enrolled_at),
        "revoked": moment_sent(it.revoked_at),
        "seen": moment_sent(it.seen_at),
        "acked_seq": it.acked_seq,
    });
    Row { cells, value }
}

/// Shows an invitation: the only time that its token is seen.
pub(crate) fn invited(screen: &mut Screen, reply: &v1::InviteReply) -> Result<(), Failure> {
    let value = json!({ "token": reply.token, "ends": moment_sent(reply.ends_at) });
    let ends = minute_sent(reply.ends_at);
    let cells = vec![reply.token.as_str().into(), ends.as_str().into()];
    let columns = vec![column("token", Place::Both), column("ends", Place::Both)];
    let listing = Listing { columns, rows: vec![Row { cells, value }], empty: "" };
    screen.one(&listing, |page| {
        page.line(&plain(&reply.token))?;
        page.line("")?;
        page.item("holds", &format!("once, until {ends} UTC; it is shown only now"), Tone::Dim)?;
        page.item("use it", "muster-agent enrol, on the machine of the agent", Tone::Dim)
    })
}

/// Says that an agent is refused from now on.
pub(crate) fn revoked(screen: &mut Screen, name: &str) -> Result<(), Failure> {
    let value = json!({ "id": name, "state": "revoked" });
    let cells = vec![name.into(), "revoked".into()];
    let columns = vec![column("id", Place::Both), column("state", Place::Both)];
    let listing = Listing { columns, rows: vec![Row { cells, value }], empty: "" };
    screen.one(&listing, |page| {
        page.line(&format!("`{}` is refused from now on; what it reported stays.", plain(name)))
    })
}
