//! The JSON form of the feed.

use model::{Change, FeedEvent, FindingChange, SubjectId};
use serde_json::{Map, Value, json};

use super::{finding, moment, owners_problem, scope_status};

/// One line of the feed, as `docs/schema/feed_event.json` says: `cursor`, `recorded`, `change`, and
/// one more key that depends on the change.
#[must_use]
pub fn feed_event(event: &FeedEvent) -> Value {
    let mut object = Map::new();
    object.insert("cursor".to_owned(), event.at.0.into());
    object.insert("recorded".to_owned(), moment(event.recorded_at).into());
    object.insert("change".to_owned(), event.change.name().into());
    match &event.change {
        Change::Finding(change) => {
            object.insert("finding".to_owned(), finding(change.finding()));
            if let FindingChange::Resolved(_, why) = &**change {
                object.insert("resolved_because".to_owned(), why.as_str().into());
            }
        }
        Change::Existence(subject, _) => {
            object.insert("identity".to_owned(), subject_ref(subject));
        }
        Change::Coverage(status) => {
            object.insert("coverage".to_owned(), scope_status(status));
        }
        Change::Refused(refusal) => {
            let refusal = json!({
                "peer": refusal.peer,
                "code": refusal.code,
                "detail": refusal.detail,
            });
            object.insert("refusal".to_owned(), refusal);
        }
        Change::Owners(problems) => {
            let problems: Vec<Value> = problems.iter().map(owners_problem).collect();
            object.insert("problems".to_owned(), problems.into());
        }
    }
    Value::Object(object)
}

fn subject_ref(subject: &SubjectId) -> Value {
    json!({ "id": subject.plain(), "subject": subject.to_string() })
}
