//! The tables of the system, each a scope of its own: accounts, sudo, processes, services, jobs and
//! the sockets of key agents.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use jiff::Timestamp;
use model::{
    Credential, CredentialId, CredentialKind, Details, End, Fact, Grant, GrantKind, IdentityId,
    Maker, Placement, PlacementId, PlacementKind, Policy, PolicyId, PolicyLanguage, Use, Workload,
    WorkloadId, WorkloadKind,
};

use super::accounts::{Accounts, facts};
use super::disk::Disk;
use super::logins::Logins;
use super::look::Look;
use super::out::{Closed, Out, Scope, missing};
use super::settings::Settings;
use super::{built_in, cron, processes, sudoers, units, walk};
use crate::secret::Secret;

/// The scope that tells what the accounts may do.
const SUDOERS: &str = "table:sudoers";

/// What the tables are read with.
pub(super) struct Tables<'a> {
    pub(super) disk: &'a Disk,
    /// `web-1`.
    pub(super) name: &'a str,
    /// `host:web-1`.
    pub(super) realm: &'a str,
    pub(super) as_of: Timestamp,
    pub(super) out: &'a Out,
}

impl Tables<'_> {
    /// Tells of the accounts and groups, and gives them for what follows. Without them nobody can be
    /// told by name, but files still can be told of.
    pub(super) fn passwd(&self) -> Result<Accounts, Closed> {
        let mut scope = self.out.scope_with_rights("table:passwd", &[SUDOERS])?;
        let mut table = |path: &str| scope.read(self.disk.table(Path::new(path)));
        let (passwd, shadow, group) =
            (table("/etc/passwd"), table("/etc/shadow"), table("/etc/group"));
        if let Some(None) = passwd {
            scope.trouble(missing("/etc/passwd").to_string());
        }
        let (passwd, shadow, group) = (passwd.flatten(), shadow.flatten(), group.flatten());
        let mut accounts = Accounts::parse(
            passwd.as_ref().map(Secret::as_bytes).unwrap_or_default(),
            shadow.as_ref().map(Secret::as_bytes),
            group.as_ref().map(Secret::as_bytes).unwrap_or_default(),
        );
        accounts.is_missing = passwd.is_none();
        let used = self.used(&accounts, &mut scope);
        let beside = facts::Beside {
            realm: self.realm,
            as_of: self.as_of,
            built_in: &built_in::names(self.disk, &accounts),
            used: &used,
        };
        scope.saw(facts::machine(self.realm))?;
        for (name, account) in &accounts.by_name {
            for fact in facts::account(&accounts, name, account, &beside) {
                scope.saw(fact)?;
            }
        }
        if accounts.names.contains_key(&0) {
            scope.saw(facts::superuser(self.realm))?;
        }
        for (name, group) in &accounts.groups {
            let is_built_in = group.gid < 1000 || group.gid == 65534;
            let maker = if is_built_in { Maker::System } else { Maker::Organisation };
            scope.saw(facts::group(self.realm, name, group.gid, maker))?;
        }
        scope.end()?;
        Ok(accounts)
    }

    /// Last logins. A database that cannot be read says nothing of use, and hides no account.
    fn used(&self, accounts: &Accounts, scope: &mut Scope<'_>) -> BTreeMap<String, Use> {
        let mut logins = Logins::default();
        let stream = |path: &str| self.disk.stream(Path::new(path)).ok().flatten();
        if let Some(opened) = stream("/var/log/lastlog") {
            // BOUND: a sparse file, as long as the highest number of an account needs.
            let _unreadable = logins.lastlog(opened.file);
        }
        if let Some(opened) = stream("/var/log/wtmp") {
            let _unreadable = logins.wtmp(opened.file);
        }
        // Whoever runs something at this moment is in use, login or not; since when is not told.
        let running = scope.read(processes::running(self.disk)).flatten().unwrap_or_default();
        let used = |uid, name: &str| match logins.of(name, uid) {
            Use::Never if running.contains_key(&uid) => Use::Unknown,
            used @ (Use::Unknown | Use::Never | Use::NotSince(_) | Use::At(_)) => used,
        };
        accounts
            .by_name
            .iter()
            .map(|(name, account)| (name.clone(), used(account.uid, name)))
            .collect()
    }

    /// Tells of rights by sudo.
    pub(super) fn sudoers(&self, accounts: &Accounts) -> Result<(), Closed> {
        let mut scope = self.out.scope(SUDOERS)?;
        scope.needs(accounts);
        let mut all = sudoers::include::read(self.disk, |error| scope.trouble(error.to_string()));
        let rights = all.rights(self.name, accounts);
        if all.is_cut {
            scope.trouble("part of `/etc/sudoers` makes no sense; check it with `visudo -c`");
        }
        let accounts = rights.accounts.iter().map(|(name, lines)| ("account", name, lines));
        let groups = rights.groups.iter().map(|(name, lines)| ("group", name, lines));
        for (kind, name, lines) in accounts.chain(groups) {
            let policy = PolicyId(format!("{}/sudoers/{kind}/{name}", self.realm));
            scope.saw(Fact::Policy(Policy {
                id: policy.clone(),
                language: PolicyLanguage::Sudoers,
                document: lines.join("\n"),
                maker: Maker::Organisation,
            }))?;
            let holder = IdentityId(format!("{}/{kind}/{name}", self.realm));
            scope.saw(Fact::Grant(Grant { holder, kind: GrantKind::Permission, policy }))?;
        }
        scope.end()
    }

    /// Tells of running programs.
    pub(super) fn processes(&self, accounts: &Accounts) -> Result<(), Closed> {
        let mut scope = self.out.scope("table:processes")?;
        scope.needs(accounts);
        let running = scope.read(processes::running(self.disk));
        if let Some(None) = running {
            scope.trouble(missing("/proc").to_string());
        }
        for (uid, programs) in running.flatten().unwrap_or_default() {
            // A number without a name, as containers use them, is told by its number.
            let account = accounts.names.get(&uid).cloned().unwrap_or_else(|| uid.to_string());
            for program in programs {
                let id = format!("{}/process/{account}/{program}", self.realm);
                let details = Details::from([("program".to_owned(), program)]);
                scope.saw(self.workload(id, WorkloadKind::Process, &account, details))?;
            }
        }
        scope.end()
    }

    /// Tells of services, and of secrets that are set for them in the clear.
    pub(super) fn units(&self, look: &Look<'_>) -> Result<(), Closed> {
        let mut scope = self.out.scope("table:units")?;
        let mut settings = Settings::new(self.disk, look.key);
        let units = units::read(&mut settings, |error| scope.trouble(error.to_string()));
        settings.tell(look, &scope)?;
        for (name, unit) in units {
            let user = unit.user.unwrap_or_else(|| {
                let stem = name.trim_end_matches(".service").trim_end_matches('@');
                if unit.is_dynamic { stem.to_owned() } else { "root".to_owned() }
            });
            // Whom a template runs as is known when it is started.
            if user.contains('%') {
                continue;
            }
            let mut details = Details::new();
            details.extend(unit.program.map(|program| ("program".to_owned(), program)));
            if unit.is_dynamic {
                details.insert("dynamic_user".to_owned(), "yes".to_owned());
            }
            let id = format!("{}/unit/{name}", self.realm);
            scope.saw(self.workload(id, WorkloadKind::Unit, &user, details))?;
        }
        scope.end()
    }

    /// Tells of jobs, and of secrets that are set for them in the clear.
    pub(super) fn cron(&self, look: &Look<'_>) -> Result<(), Closed> {
        let mut scope = self.out.scope("table:cron")?;
        let mut settings = Settings::new(self.disk, look.key);
        let jobs = cron::read(&mut settings, |error| scope.trouble(error.to_string()));
        settings.tell(look, &scope)?;
        let mut twins: BTreeMap<String, u32> = BTreeMap::new();
        for job in jobs {
            let mut id = format!("{}/cron{}", self.realm, job.path);
            if job.program != job.path {
                id = format!("{id}#{}", job.program);
            }
            let twin = twins.entry(id.clone()).or_default();
            *twin = twin.saturating_add(1);
            if *twin > 1 {
                id = format!("{id}~{twin}");
            }
            let details = Details::from([
                ("program".to_owned(), job.program),
                ("schedule".to_owned(), job.schedule),
                ("table".to_owned(), job.path),
            ]);
            scope.saw(self.workload(id, WorkloadKind::CronJob, &job.user, details))?;
        }
        scope.end()
    }

    /// Tells of sockets through which keys can be used, by their names alone.
    pub(super) fn sockets(&self, accounts: &Accounts) -> Result<(), Closed> {
        let mut scope = self.out.scope("table:sockets")?;
        scope.needs(accounts);
        let mut paths = BTreeSet::new();
        for folder in scope.read(self.disk.names(Path::new("/tmp"))).unwrap_or_default() {
            if folder.to_str().is_some_and(|name| name.starts_with("ssh-")) {
                let folder = Path::new("/tmp").join(folder);
                let names = scope.read(self.disk.names(&folder)).unwrap_or_default();
                paths.extend(names.into_iter().map(|name| folder.join(name)));
            }
        }
        for user in scope.read(self.disk.names(Path::new("/run/user"))).unwrap_or_default() {
            let folder = Path::new("/run/user").join(user);
            let known =
                ["gnupg/S.gpg-agent.ssh", "keyring/ssh", "openssh_agent", "ssh-agent.socket"];
            paths.extend(known.into_iter().map(|name| folder.join(name)));
        }
        for path in paths {
            self.socket(&path, accounts, &scope)?;
        }
        scope.end()
    }

    fn socket(&self, path: &Path, accounts: &Accounts, scope: &Scope<'_>) -> Result<(), Closed> {
        let Ok(about) = std::fs::symlink_metadata(self.disk.real(path)) else { return Ok(()) };
        if !about.file_type().is_socket() {
            return Ok(());
        }
        let placement = format!("{}/file:{}", self.realm, path.display());
        let credential = CredentialId(format!("unread:{placement}"));
        scope.saw(Fact::Credential(Credential {
            id: credential.clone(),
            kind: CredentialKind::KeyPair,
            identity: None,
            maker: Maker::Organisation,
            created_at: None,
            ends: End::Unknown,
            used: Use::Unknown,
            enabled: None,
            fingerprint: None,
            key: None,
            details: Details::new(),
        }))?;
        let owner = accounts.names.get(&about.uid());
        scope.saw(Fact::Placement(Placement {
            id: PlacementId(placement),
            credential,
            kind: PlacementKind::AgentSocket,
            realm: self.realm.to_owned(),
            path: path.display().to_string(),
            holder: owner.map(|name| facts::account_id(self.realm, name)),
            readers: Some(walk::readers(about.mode())),
            encrypted: None,
            serves: None,
            modified_at: Timestamp::from_second(about.mtime()).ok(),
            details: Details::new(),
        }))
    }

    fn workload(&self, id: String, kind: WorkloadKind, account: &str, details: Details) -> Fact {
        let identity = facts::account_id(self.realm, account);
        Fact::Workload(Workload { id: WorkloadId(id), kind, identity, details })
    }
}
