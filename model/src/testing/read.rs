//! From the text of an estate to its sightings.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::line::Line;
use super::{Estate, day};
use crate::{
    AgentId, Credential, CredentialId, CredentialKind, Declaration, DeclarationId, Fact,
    Fingerprint, Grant, GrantKind, Identity, IdentityId, IdentityKind, KeyFacts, KeyFlaw, Maker,
    OwnerId, Person, Placement, PlacementKind, Policy, PolicyId, PolicyLanguage, Readers,
    ScopeDigest, ScopeId, ScopeState, ScopeStatus, Selector, Sighting, Standing, SubjectId, Team,
    Usage, Workload, WorkloadKind, sha256,
};

pub(super) fn estate(text: &str) -> Estate {
    let mut reader = Reader::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        reader.read(line);
    }
    let mut claimed: Vec<CredentialId> = Vec::new();
    for sighting in &reader.estate.sightings {
        if let Fact::Credential(fact) = &sighting.fact
            && fact.identity.is_some()
        {
            claimed.push(fact.id.clone());
        }
    }
    let Estate { subjects, .. } = &mut reader.estate;
    subjects.retain(|it| !matches!(it, SubjectId::Unclaimed(id) if claimed.contains(id)));
    reader.estate
}

/// What the lines above a line say about it.
#[derive(Default)]
struct Reader {
    estate: Estate,
    identity: Option<(IdentityId, usize)>,
    credential: Option<(CredentialId, usize)>,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let mut line = Line::of(text);
        if self.credential.as_ref().is_some_and(|(_, depth)| line.depth <= *depth) {
            self.credential = None;
        }
        if self.identity.as_ref().is_some_and(|(_, depth)| line.depth <= *depth) {
            self.identity = None;
        }
        let head = line.word();
        if let Some(kind) = GrantKind::from_name(&head) {
            self.grant(kind, text);
            return;
        }
        if let Some(kind) = IdentityKind::from_name(&head) {
            self.identity(kind, &mut line);
        } else if let Some(kind) = CredentialKind::from_name(&head) {
            self.credential(kind, &mut line);
        } else {
            match head.as_str() {
                "in" => self.member(&mut line),
                "at" => self.placement(&mut line),
                "runs" => self.workload(&mut line),
                "uses" => self.usage(&mut line),
                "scope" => self.scope(&mut line),
                "person" => self.person(&mut line),
                "team" => self.team(&mut line),
                "declare" => self.declare(&mut line),
                other => panic!("unknown word `{other}` in fixture line `{text}`"),
            }
        }
        line.end();
    }

    fn identity(&mut self, kind: IdentityKind, line: &mut Line<'_>) {
        let id = IdentityId(line.word());
        self.identity = Some((id.clone(), line.depth));
        let identity = Identity {
            kind,
            name: id.0.rsplit(['/', ':']).next().unwrap_or_default().to_owned(),
            realm: line.take("realm").unwrap_or_else(|| realm(&id.0)),
            path: line.take("path").unwrap_or_default(),
            maker: line.parse("maker", Maker::from_name).unwrap_or(Maker::Organisation),
            created_at: line.moment("created"),
            enabled: line.truth("enabled"),
            used: line.used(),
            groups: line.list("groups"),
            credential_counts: counts(line),
            labels: line.with_prefix("label."),
            details: line.with_prefix("detail."),
            id: id.clone(),
        };
        self.mention(SubjectId::Identity(id.clone()));
        self.saw(line, &id.0, Fact::Identity(identity));
    }

    fn credential(&mut self, kind: CredentialKind, line: &mut Line<'_>) {
        let id = credential_id(kind, &line.word());
        self.credential = Some((id.clone(), line.depth));
        let identity = self.identity.as_ref().map(|(id, _)| id.clone());
        let about = identity.as_ref().map_or("host:web-1/", IdentityId::as_str).to_owned();
        let credential = Credential {
            kind,
            identity: identity.clone(),
            maker: line.parse("maker", Maker::from_name).unwrap_or(Maker::Organisation),
            created_at: line.moment("created"),
            ends: line.ends(),
            used: line.used(),
            enabled: line.truth("enabled"),
            fingerprint: line.take("fingerprint").map(|it| Fingerprint(sha256(&[it.as_bytes()]))),
            key: key_facts(line),
            details: line.with_prefix("detail."),
            id: id.clone(),
        };
        if identity.is_none() {
            self.mention(SubjectId::Unclaimed(id));
        }
        self.saw(line, &about, Fact::Credential(credential));
    }

    fn member(&mut self, line: &mut Line<'_>) {
        let group = IdentityId(line.word());
        let Some(Fact::Identity(identity)) =
            self.estate.sightings.iter_mut().map(|it| &mut it.fact).rfind(|fact| {
                matches!(fact, Fact::Identity(it)
                    if self.identity.as_ref().is_some_and(|(id, _)| *id == it.id))
            })
        else {
            panic!("`in {group}` stands under no identity")
        };
        identity.groups.push(group);
        identity.groups.sort();
    }

    fn placement(&mut self, line: &mut Line<'_>) {
        let id = line.word();
        let (credential, _) = self.credential.clone().expect("a credential before its places");
        let (realm_part, path) = id.split_once("/file:").unwrap_or((realm_of(&id), &id));
        let placement = Placement {
            credential,
            kind: line.parse("kind", PlacementKind::from_name).expect("a placement has a kind"),
            realm: line.take("realm").unwrap_or_else(|| realm_part.to_owned()),
            path: path.split('#').next().unwrap_or_default().to_owned(),
            holder: line.take("holder").map(IdentityId),
            readers: line.parse("readers", Readers::from_name),
            encrypted: line.truth("encrypted"),
            serves: line.take("serves"),
            modified_at: line.moment("modified"),
            details: line.with_prefix("detail."),
            id: id.clone().into(),
        };
        self.saw(line, &id, Fact::Placement(placement));
    }

    /// `permission NAME DOCUMENT`, where the document is the rest of the line as it stands, and
    /// `\n` in it a line's end; or `permission NAME`, where no scope shows the document.
    fn grant(&mut self, kind: GrantKind, text: &str) {
        let (holder, _) = self.identity.clone().expect("an identity before its grants");
        let mut parts = text.trim().splitn(3, ' ');
        let name = parts.nth(1).expect("a policy has a name");
        let policy = PolicyId(name.to_owned());
        let grant = Grant { holder: holder.clone(), kind, policy: policy.clone() };
        self.saw(&mut Line::of(""), &holder.0, Fact::Grant(grant));
        if let Some(document) = parts.next().map(str::trim) {
            let language = match document {
                json if json.starts_with(['{', '[']) => PolicyLanguage::AwsIam,
                "superuser" => PolicyLanguage::Superuser,
                _ if holder.0.starts_with("arn:") => PolicyLanguage::AwsIam,
                _ => PolicyLanguage::Sudoers,
            };
            let document = document.replace("\\n", "\n");
            let policy = Policy { id: policy, language, document, maker: Maker::Organisation };
            self.saw(&mut Line::of(""), &holder.0, Fact::Policy(policy));
        }
    }

    fn workload(&mut self, line: &mut Line<'_>) {
        let id = line.word();
        let (identity, _) = self.identity.clone().expect("an identity before what runs with it");
        let kind = line.parse("kind", WorkloadKind::from_name).unwrap_or(WorkloadKind::Unit);
        let details = line.with_prefix("detail.");
        let workload = Workload { id: id.clone().into(), kind, identity, details };
        self.saw(line, &id, Fact::Workload(workload));
    }

    /// What is said of one service after another is one fact.
    fn usage(&mut self, line: &mut Line<'_>) {
        let (service, used) = (line.word(), line.used());
        let (identity, _) = self.identity.clone().expect("an identity before what it uses");
        for sighting in &mut self.estate.sightings {
            if let Fact::Usage(usage) = &mut sighting.fact
                && usage.identity == identity
            {
                usage.services.insert(service, used);
                return;
            }
        }
        let about = identity.0.clone();
        let services = BTreeMap::from([(service, used)]);
        self.saw(line, &about, Fact::Usage(Usage { identity, services }));
    }

    fn scope(&mut self, line: &mut Line<'_>) {
        let (agent, scope) = (AgentId(line.word()), ScopeId(line.word()));
        let completed_at = line.moment("completed");
        let (differs, running) = (line.flag("differs"), line.flag("running"));
        let state = match line.take("abandoned") {
            Some(why) => ScopeState::Abandoned(why),
            None if differs => ScopeState::Differs,
            None if running || completed_at.is_none() => ScopeState::Running,
            None => ScopeState::Complete,
        };
        self.mention(SubjectId::Scope(agent.clone(), scope.clone()));
        self.estate.scopes.push(ScopeStatus {
            agent,
            scope,
            state,
            first_at: line.moment("first").unwrap_or_else(beginning),
            completed_at,
            interval: line.span("interval"),
            digest: ScopeDigest::default(),
            rights: line.list("rights"),
        });
    }

    fn person(&mut self, line: &mut Line<'_>) {
        let name = line.word();
        let standing = match (line.flag("left"), line.moment("left")) {
            (_, Some(at)) => Standing::Left(Some(at)),
            (true, None) => Standing::Left(None),
            (false, None) => Standing::Active,
        };
        let id = OwnerId(format!("person:{name}"));
        self.estate.owners.people.insert(id, Person { name, standing });
    }

    fn team(&mut self, line: &mut Line<'_>) {
        let name = line.word();
        let members = line.owners("members").into_iter().collect();
        let id = OwnerId(format!("team:{name}"));
        self.estate.owners.teams.insert(id, Team { name, members });
    }

    fn declare(&mut self, line: &mut Line<'_>) {
        let id = DeclarationId(line.word());
        let labels = line.with_prefix("label.");
        let declaration = Declaration {
            file: id.0.split('#').next().unwrap_or_default().to_owned(),
            line: 1,
            first_read_at: line.moment("read").unwrap_or_else(beginning),
            selector: Selector {
                id: line.pattern("id"),
                source: line.take("source"),
                kind: line.take("kind"),
                realm: line.pattern("realm"),
                labels: labels.into_iter().map(|(name, it)| (name, crate::Pattern(it))).collect(),
                path: line.pattern("path"),
                namespace: line.pattern("namespace"),
            },
            business: line.owners("business"),
            technical: line.owners("technical"),
            lifecycle: line.owners("lifecycle"),
            purpose: line.take("purpose"),
            service: line.take("service"),
            environment: line.take("environment"),
            expires_at: line.moment("expires"),
            revocation: line.take("revocation"),
            id: id.clone(),
        };
        self.mention(SubjectId::Declaration(id.clone()));
        self.estate.owners.declarations.insert(id, declaration);
    }

    fn mention(&mut self, subject: SubjectId) {
        if !self.estate.subjects.contains(&subject) {
            self.estate.subjects.push(subject);
        }
    }

    fn saw(&mut self, line: &mut Line<'_>, about: &str, fact: Fact) {
        let seen = line.take("seen").map_or_else(|| scope_of(about), ScopeId);
        let agent = line.take("agent").map_or_else(|| "agent-1".into(), AgentId);
        self.estate.sightings.push(Sighting {
            agent,
            scope: seen,
            fact,
            valid_from: beginning(),
            recorded_at: beginning(),
        });
    }
}

fn beginning() -> Timestamp {
    day("2025-01-01")
}

fn credential_id(kind: CredentialKind, word: &str) -> CredentialId {
    let prefix = match kind {
        _ if word.contains(':') => return CredentialId(word.to_owned()),
        CredentialKind::AccessKey => "aws_access_key",
        CredentialKind::KeyPair => "key",
        CredentialKind::Certificate => "certificate",
        CredentialKind::Token | CredentialKind::Secret | CredentialKind::Password => "secret",
        CredentialKind::Mfa | CredentialKind::Federation | CredentialKind::ManagedKey => "aws",
    };
    CredentialId(format!("{prefix}:{word}"))
}

/// `count.access_key=2`.
fn counts(line: &mut Line<'_>) -> BTreeMap<CredentialKind, u32> {
    let mut counts = BTreeMap::new();
    for (kind, count) in line.with_prefix("count.") {
        let kind = CredentialKind::from_name(&kind).expect("a kind of credential");
        counts.insert(kind, count.parse().expect("a number"));
    }
    counts
}

fn key_facts(line: &mut Line<'_>) -> Option<KeyFacts> {
    let facts = KeyFacts {
        algorithm: line.take("algorithm").unwrap_or_default(),
        bits: line.parse("bits", |text| text.parse().ok()),
        signature: line.take("signature"),
        spki: line.take("spki"),
        self_signed: line.flag("self_signed"),
        authority: line.flag("authority"),
        flaw: line.parse("flaw", KeyFlaw::from_name),
    };
    (facts != KeyFacts::default()).then_some(facts)
}

/// `123456789012` of an ARN, `host:web-1` of what lies on a host.
fn realm(id: &str) -> String {
    if id.starts_with("arn:") {
        return id.split(':').nth(4).unwrap_or_default().to_owned();
    }
    realm_of(id).to_owned()
}

fn realm_of(id: &str) -> &str {
    id.split('/').next().unwrap_or_default()
}

/// The scope that shows what has this id, unless the line says otherwise.
fn scope_of(id: &str) -> ScopeId {
    if id.starts_with("arn:") || id.starts_with("aws:") {
        return ScopeId(format!("aws_iam/{}/iam", realm(id).trim_start_matches("aws:")));
    }
    let host = realm_of(id).trim_start_matches("host:");
    let table = if id.contains("/account/") { "accounts" } else { "files" };
    ScopeId(format!("host/{host}/{table}"))
}
