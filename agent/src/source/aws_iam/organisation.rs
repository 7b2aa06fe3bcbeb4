//! Asks, live, what an organisation is made of and what it lays down for its accounts, and enters
//! these. What is answered is read and told as prints of it are.
//!
//! ```text
//! roots ──► units and accounts below each, level by level
//! policies of both sorts that bound ──► document, and where it hangs
//! accounts ──► role to take on in each ──► a look as into our own
//! ```

use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Account;
use super::api::{Api, CallError};
use super::call::{
    Call, DESCRIBE_ORGANISATION, DESCRIBE_POLICY, LIST_ACCOUNTS, LIST_ACCOUNTS_BELOW,
    LIST_POLICIES, LIST_ROOTS, LIST_TARGETS, LIST_UNITS_BELOW,
};
use super::offline::{Organisation, Part, Trouble, read_part};
use super::pages::Pages;
use super::print::Kind;

/// BOUND: on roots and units; the provider allows some thousands.
const NODES_MAX: usize = 10_000;

/// Sorts of policies that bound what is allowed in an account.
const SORTS: &[&str] = &["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];

/// What was answered.
#[derive(Debug, Default)]
pub(super) struct Heard {
    parts: Vec<Part>,
    /// What could not be heard, by listing.
    pub(super) troubles: Vec<Trouble>,
    /// The accounts in it that are open.
    pub(super) members: Vec<Account>,
}

/// Asks for all of it. What is refused is a trouble of its listing alone.
pub(super) async fn ask(api: &Api, own: &Account) -> Heard {
    let mut heard = Heard::default();
    let end = heard.whole(api, own).await;
    heard.note(Kind::Organisation, end);
    let end = heard.accounts(api, own).await;
    heard.note(Kind::OrgAccounts, end);
    let end = heard.nodes(api, own).await;
    heard.note(Kind::OrgParents, end);
    match heard.policies(api, own).await {
        Ok(policies) => heard.each_policy(api, own, &policies).await,
        Err(error) => {
            heard.note(Kind::OrgTargets, Err(error.clone()));
            heard.note(Kind::OrgPolicy, Err(error));
        }
    }
    heard
}

impl Heard {
    /// All that was heard, put together; nothing if not even the organisation is known.
    pub(super) fn organisation(&mut self) -> Option<Organisation> {
        Organisation::of(std::mem::take(&mut self.parts))
    }

    fn note(&mut self, kind: Kind, end: Result<(), CallError>) {
        if let Err(error) = end {
            let (file, what) = (kind.print().call.to_string(), error.to_string());
            self.troubles.push(Trouble { file, kind: Some(kind), account: None, what });
        }
    }

    /// Reads an answer as the print of it would be read, whose file is named after what it is about.
    fn hear(
        &mut self,
        call: &'static Call,
        kind: Kind,
        about: &str,
        answer: &Value,
    ) -> Result<(), CallError> {
        let part = read_part(&format!("{about}.json"), kind, answer.to_string().as_bytes());
        self.parts.extend(part.map_err(|what| CallError::odd(call, what))?);
        Ok(())
    }

    async fn whole(&mut self, api: &Api, own: &Account) -> Result<(), CallError> {
        let call = DESCRIBE_ORGANISATION;
        let answer: Value = api.ask_json(call, region(own), &json!({})).await?;
        self.hear(call, Kind::Organisation, &own.id, &answer)
    }

    async fn accounts(&mut self, api: &Api, own: &Account) -> Result<(), CallError> {
        for page in pages(api, own, LIST_ACCOUNTS, json!({})).await? {
            let listed: Listed = read(LIST_ACCOUNTS, &page)?;
            for account in listed.accounts {
                if account.status.as_deref().is_none_or(|status| status == "ACTIVE") {
                    let (partition, id) = (own.partition.clone(), account.id);
                    self.members.push(Account { partition, id });
                }
            }
            self.hear(LIST_ACCOUNTS, Kind::OrgAccounts, "list-accounts", &page)?;
        }
        Ok(())
    }

    /// The roots, and what is below them, level by level.
    async fn nodes(&mut self, api: &Api, own: &Account) -> Result<(), CallError> {
        let mut waiting = Vec::new();
        for page in pages(api, own, LIST_ROOTS, json!({})).await? {
            waiting.extend(read::<Listed>(LIST_ROOTS, &page)?.roots.into_iter().map(|it| it.id));
            self.hear(LIST_ROOTS, Kind::OrgRoots, "list-roots", &page)?;
        }
        let mut seen: usize = 0;
        while let Some(node) = waiting.pop() {
            seen = seen.saturating_add(1);
            if seen > NODES_MAX {
                return Err(CallError::odd(LIST_UNITS_BELOW, "the units do not end"));
            }
            let ask = json!({ "ParentId": node });
            for page in pages(api, own, LIST_UNITS_BELOW, ask.clone()).await? {
                let listed: Listed = read(LIST_UNITS_BELOW, &page)?;
                waiting.extend(listed.organizational_units.into_iter().map(|it| it.id));
                self.hear(LIST_UNITS_BELOW, Kind::OrgUnits, &format!("below-{node}"), &page)?;
            }
            for page in pages(api, own, LIST_ACCOUNTS_BELOW, ask).await? {
                self.hear(LIST_ACCOUNTS_BELOW, Kind::OrgAccounts, &format!("below-{node}"), &page)?;
            }
        }
        Ok(())
    }

    /// Which policies there are.
    async fn policies(&mut self, api: &Api, own: &Account) -> Result<Vec<String>, CallError> {
        let mut ids = Vec::new();
        for sort in SORTS {
            let pages = match pages(api, own, LIST_POLICIES, json!({ "Filter": sort })).await {
                // An organisation that never switched that sort on has none of it.
                Err(error) if error.is("PolicyTypeNotEnabled") => continue,
                pages => pages?,
            };
            for page in pages {
                let listed: Listed = read(LIST_POLICIES, &page)?;
                ids.extend(listed.policies.into_iter().map(|policy| policy.id));
                self.hear(LIST_POLICIES, Kind::OrgPolicies, "list-policies", &page)?;
            }
        }
        // That none hangs anywhere is known, too.
        self.parts.push(Part::Policies(Some(own.id.clone()), Vec::new()));
        Ok(ids)
    }

    /// What each of them says and where it hangs.
    async fn each_policy(&mut self, api: &Api, own: &Account, policies: &[String]) {
        for id in policies {
            let end = self.document(api, own, id).await;
            self.note(Kind::OrgPolicy, end);
            let end = self.targets(api, own, id).await;
            self.note(Kind::OrgTargets, end);
        }
    }

    async fn document(&mut self, api: &Api, own: &Account, id: &str) -> Result<(), CallError> {
        let ask = json!({ "PolicyId": id });
        let answer: Value = api.ask_json(DESCRIBE_POLICY, region(own), &ask).await?;
        self.hear(DESCRIBE_POLICY, Kind::OrgPolicy, id, &answer)
    }

    async fn targets(&mut self, api: &Api, own: &Account, id: &str) -> Result<(), CallError> {
        for page in pages(api, own, LIST_TARGETS, json!({ "PolicyId": id })).await? {
            self.hear(LIST_TARGETS, Kind::OrgTargets, id, &page)?;
        }
        Ok(())
    }
}

/// What is needed of a list to ask on.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    accounts: Vec<Named>,
    roots: Vec<Named>,
    organizational_units: Vec<Named>,
    policies: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    id: String,
    status: Option<String>,
}

fn read<T: for<'de> Deserialize<'de>>(call: &'static Call, page: &Value) -> Result<T, CallError> {
    T::deserialize(page).map_err(|error| CallError::odd(call, error.to_string()))
}

/// All pages of a list.
async fn pages(
    api: &Api,
    own: &Account,
    call: &'static Call,
    ask: Value,
) -> Result<Vec<Value>, CallError> {
    let (mut pages, mut all) = (Pages::of(call), Vec::new());
    loop {
        let mut ask = ask.clone();
        super::stores::put(&mut ask, "NextToken", pages.marker());
        let page: Value = api.ask_json(call, region(own), &ask).await?;
        let more = pages.turn_token(page.get("NextToken").and_then(Value::as_str))?;
        all.push(page);
        if !more {
            return Ok(all);
        }
    }
}

/// A region of the partition; organisations are the same in all of them.
fn region(own: &Account) -> &'static str {
    match own.partition.as_str() {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

#[cfg(test)]
mod tests;
