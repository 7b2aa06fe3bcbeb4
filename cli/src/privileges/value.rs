//! What is told of one principal, and of one cut, in the form of `docs/schema/`.

use analysis::aws::{Cut, Estate, Judgement, Level, Reached, Remaining, Risk, Unused};
use serde_json::{Map, Value, json};

/// A principal, as `docs/schema/privilege.json` says.
pub(super) fn value(estate: &Estate, judgement: &Judgement) -> Value {
    let because: Vec<Value> = judgement
        .because
        .iter()
        .map(|reason| json!({ "what": reason.what, "sets": reason.sets, "by": reason.by }))
        .collect();
    let used = judgement.used.as_ref();
    let unused = used.map(|it| it.unused.iter().map(unused).collect::<Vec<_>>());
    let access = judgement.access.as_ref();
    let reached = access.map(|it| it.services().iter().map(reached).collect::<Vec<_>>());
    let (remaining, remaining_gap) = remaining(estate.remaining(&judgement.id));
    json!({
        "id": judgement.id,
        "verdict": judgement.verdict.name(),
        "because": because,
        "services": {
            "held": judgement.services,
            "used": used.map(|it| &it.used),
            "unused": unused,
            "untold": used.map(|it| &it.untold),
        },
        "access": reached,
        "sensitive": access.map(|it| {
            let mut by_risk = it.sensitive();
            let list = |risk: Risk| (risk.name().to_owned(), json!(by_risk.remove(&risk).unwrap_or_default()));
            Risk::ALL.into_iter().map(list).collect::<Map<_, _>>()
        }),
        "remaining": remaining,
        "remaining_gap": remaining_gap,
    })
}

fn unused(it: &Unused) -> Value {
    json!({ "service": it.service, "since": it.since.map(|since| since.to_string()) })
}

fn reached(it: &Reached) -> Value {
    let levels: Vec<&str> = it.levels.iter().copied().map(Level::name).collect();
    json!({ "service": it.service, "levels": levels, "everywhere": it.everywhere })
}

/// The proposed policies, or why there are none.
type Proposed = (Option<Vec<Value>>, Option<&'static str>);

fn remaining(proposed: Option<Remaining>) -> Proposed {
    match proposed {
        Some(Remaining::Policies(policies)) => {
            // They are JSON of our own making.
            let read = |text: &String| serde_json::from_str(text).ok();
            (Some(policies.iter().filter_map(read).collect()), None)
        }
        Some(Remaining::DoesNotFit) => (None, Some("does_not_fit")),
        Some(Remaining::NotRead) => (None, Some("not_read")),
        None => (None, Some("use_not_known")),
    }
}

/// A cut, as `docs/schema/cut.json` says.
pub(super) fn cut(cut: &Cut) -> Value {
    json!({
        "policy": cut.place.policy,
        "statement": cut.place.statement,
        "frees_count": cut.frees.len(),
        "frees": cut.frees,
        "harms_count": cut.harms,
    })
}
