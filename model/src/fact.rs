//! What can be seen of machine identities: the nodes of the inventory, as one scan tells them.
//!
//! A fact holds what one scope tells of one thing; what several scopes tell is put together by
//! `analysis::correlate`. "The provider does not tell" is always a value of its own ([`Use::Unknown`],
//! [`End::Unknown`], `None`), never a default that could be read as "no".

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    CredentialId, Door, Fingerprint, IdentityId, PlacementId, PolicyId, Privileges, WorkloadId,
};

/// Free details for people to read: shown, searched, never judged.
pub type Details = BTreeMap<String, String>;

/// One thing seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact {
    /// Something that can authenticate.
    Identity(Identity),
    /// Something that proves an identity.
    Credential(Credential),
    /// A policy applies to an identity.
    Grant(Grant),
    /// Credential material lies somewhere.
    Placement(Placement),
    /// A document that grants refer to.
    Policy(Policy),
    /// Something that runs with an identity.
    Workload(Workload),
    /// What an identity made use of.
    Usage(Usage),
    /// What an identity may do: told by the collector alone.
    Privileges(Box<Privileges>),
    /// A role lets in somebody of another account: told by the collector alone.
    Door(Door),
}

impl Fact {
    /// What the fact is about: its kind and its id, unique within [`crate::Kin::of`] the fact.
    #[must_use]
    pub fn node(&self) -> (&'static str, String) {
        match self {
            Self::Identity(it) => ("identity", it.id.0.clone()),
            Self::Credential(it) => ("credential", it.id.0.clone()),
            Self::Grant(it) => ("grant", format!("{}|{}", it.kind.name(), it.policy)),
            Self::Placement(it) => ("placement", it.id.0.clone()),
            Self::Policy(it) => ("policy", it.id.0.clone()),
            Self::Workload(it) => ("workload", it.id.0.clone()),
            Self::Usage(it) => ("usage", it.identity.0.clone()),
            Self::Privileges(it) => ("privileges", it.identity.0.clone()),
            Self::Door(it) => ("door", it.role.0.clone()),
        }
    }

    /// Whether it was worked out from other facts: no agent may tell it.
    #[must_use]
    pub fn is_derived(&self) -> bool {
        matches!(self, Self::Privileges(_) | Self::Door(_))
    }
}

/// Declares an enum whose values have one stable name each, for the wire, the screens and filters.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order of the manual.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The value of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// What sort of thing an identity is.
    IdentityKind {
        /// The all-powerful owner of a cloud account.
        AccountRoot = "account_root",
        /// A user object of a cloud.
        User = "user",
        /// A group, whose grants its members hold.
        Group = "group",
        /// A role that others take on.
        Role = "role",
        /// An account of an operating system.
        HostAccount = "host_account",
        /// A machine as a whole, proved by its host keys.
        Machine = "machine",
        /// A unit of an organisation of accounts, or its root: what it holds bounds its members.
        OrganisationalUnit = "organisational_unit",
    }
}

named! {
    /// Who made it, and so who is to answer for it.
    Maker {
        /// The organisation: it needs an owner.
        Organisation = "organisation",
        /// The cloud, for its own use, such as a service-linked role.
        Provider = "provider",
        /// The operating system or its distribution: built-in accounts, trust anchors.
        System = "system",
    }
}

/// Something that can authenticate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// The provider's own id.
    pub id: IdentityId,
    /// What sort of thing it is.
    pub kind: IdentityKind,
    /// Its short name.
    pub name: String,
    /// The account or host that it belongs to: `123456789012`, `host:web-1`.
    pub realm: String,
    /// Where in the realm: an IAM path, a namespace; empty if there is no such thing.
    pub path: String,
    /// Who made it.
    pub maker: Maker,
    /// When it was made, if the provider tells.
    pub created_at: Option<Timestamp>,
    /// Whether it can authenticate at all at present, if the provider tells.
    pub enabled: Option<bool>,
    /// Its own last use.
    pub used: Use,
    /// The groups that it is a member of, in order.
    pub groups: Vec<IdentityId>,
    /// How many credentials of a kind it has, where the provider tells that without naming them. A
    /// kind that is not in here is not told of; none at all is a zero.
    pub credential_counts: BTreeMap<CredentialKind, u32>,
    /// Tags and labels, as the provider spells them.
    pub labels: BTreeMap<String, String>,
    /// For people to read.
    pub details: Details,
}

/// When something was last used. Of two that are told of the same thing, the greater counts.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Use {
    /// The provider does not tell, or was not asked.
    #[default]
    Unknown,
    /// The provider says that it never was.
    Never,
    /// Not since then: the provider does not tell of what was before.
    NotSince(Timestamp),
    /// Then.
    At(Timestamp),
}

/// When something ends by itself.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum End {
    /// The provider does not tell, or was not asked.
    #[default]
    Unknown,
    /// It has no end.
    Never,
    /// Then.
    At(Timestamp),
}

named! {
    /// What sort of proof a credential is.
    CredentialKind {
        /// A cloud access key: a public id and a secret.
        AccessKey = "access_key",
        /// A password.
        Password = "password",
        /// A second factor.
        Mfa = "mfa",
        /// A key pair.
        KeyPair = "key_pair",
        /// An X.509 certificate.
        Certificate = "certificate",
        /// A bearer token or an API key.
        Token = "token",
        /// A secret of which no more is known.
        Secret = "secret",
        /// Trust in another issuer.
        Federation = "federation",
        /// A key that a cloud keeps and never shows.
        ManagedKey = "managed_key",
    }
}

/// Something that proves an identity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credential {
    /// Which one.
    pub id: CredentialId,
    /// What sort.
    pub kind: CredentialKind,
    /// Whom it proves, where this scope tells.
    pub identity: Option<IdentityId>,
    /// Who made it; a trust anchor that came with the system is [`Maker::System`].
    pub maker: Maker,
    /// When it was made, or its validity began.
    pub created_at: Option<Timestamp>,
    /// When it ends by itself.
    pub ends: End,
    /// Its last use.
    pub used: Use,
    /// Whether it is accepted at present, if the provider tells.
    pub enabled: Option<bool>,
    /// Keyed digest of the secret part; equal for two sightings of one secret.
    pub fingerprint: Option<Fingerprint>,
    /// For key pairs and certificates.
    pub key: Option<KeyFacts>,
    /// For people to read: subject, issuer, SANs, comment, region and service of the last use.
    pub details: Details,
}

/// Cryptography of a key pair or certificate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeyFacts {
    /// `rsa`, `ecdsa`, `ed25519`, `ed448`, `dsa`, or the object identifier in dots.
    pub algorithm: String,
    /// Size of the modulus, the field or the curve, if known.
    pub bits: Option<u32>,
    /// How a certificate is signed: `sha256-rsa`, `sha1-rsa`, `md5-rsa`, `ecdsa-sha256`, ...
    pub signature: Option<String>,
    /// SHA-256 of the `SubjectPublicKeyInfo`, in hexadecimal; the key pair is `key:<spki>`.
    pub spki: Option<String>,
    /// Whether a certificate is signed by its own key.
    pub self_signed: bool,
    /// Whether a certificate may sign others.
    pub authority: bool,
    /// Why its private half is no secret, if whoever looked found that so.
    pub flaw: Option<KeyFlaw>,
}

named! {
    /// Why whoever has a public key has its private half, too.
    KeyFlaw {
        /// Made by a library whose keys can be factored: CVE-2017-15361, "ROCA".
        Roca = "roca",
        /// Its primes are so close that the modulus is factored at once: CVE-2022-26320.
        ClosePrimes = "close_primes",
        /// Its modulus has a factor below 1,000.
        SmallFactor = "small_factor",
        /// Its exponent is 1 or even.
        Exponent = "exponent",
        /// Its private half comes with a program that everyone has.
        Published = "published",
    }
}

named! {
    /// How a policy applies to whoever holds it.
    GrantKind {
        /// It allows and denies.
        Permission = "permission",
        /// It bounds what the permissions may allow.
        Boundary = "boundary",
        /// It says who may become the holder.
        Trust = "trust",
        /// It bounds what those in the holder's accounts may do, whatever they are permitted.
        ServiceControl = "service_control",
        /// It bounds what may be done to what belongs to the holder's accounts, whoever does it.
        ResourceControl = "resource_control",
    }
}

/// A policy applies to an identity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    /// To whom.
    pub holder: IdentityId,
    /// How.
    pub kind: GrantKind,
    /// What it says, in a [`Policy`] that may come from another scope.
    pub policy: PolicyId,
}

named! {
    /// The language of a policy document.
    PolicyLanguage {
        /// An AWS policy document, in JSON.
        AwsIam = "aws_iam",
        /// Lines of `sudoers(5)`, resolved for one account.
        Sudoers = "sudoers",
        /// The account is the superuser of its system.
        Superuser = "superuser",
    }
}

/// A document that grants refer to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Its name in the whole estate.
    pub id: PolicyId,
    /// How to read it.
    pub language: PolicyLanguage,
    /// What it says, as the provider keeps it.
    pub document: String,
    /// Who wrote it.
    pub maker: Maker,
}

named! {
    /// What sort of place it is, and in what form the material lies there.
    PlacementKind {
        /// A secret in the clear, in a file.
        SecretFile = "secret_file",
        /// A private key, in a file.
        PrivateKeyFile = "private_key_file",
        /// A private key by which a machine proves itself.
        HostKeyFile = "host_key_file",
        /// A public key that lets its owner in.
        AuthorizedKey = "authorized_key",
        /// A certificate, in a file.
        CertificateFile = "certificate_file",
        /// A socket through which keys can be used.
        AgentSocket = "agent_socket",
        /// A cloud's own store: a secret manager, a parameter store, a certificate manager.
        CloudStore = "cloud_store",
    }
}

named! {
    /// Who can read a place, from the narrowest to the widest.
    Readers {
        /// Nobody outside a service made for keeping secrets.
        Service = "service",
        /// The owner alone, and the superuser.
        Owner = "owner",
        /// The members of a group, too.
        Group = "group",
        /// Everyone on that system.
        Everyone = "everyone",
    }
}

/// Credential material lies somewhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Placement {
    /// Where, exactly.
    pub id: PlacementId,
    /// Which credential.
    pub credential: CredentialId,
    /// In what form.
    pub kind: PlacementKind,
    /// The system that it is on: `host:web-1`, `aws:123456789012`.
    pub realm: String,
    /// The path or name within the realm.
    pub path: String,
    /// Whose place it is, such as the account that owns the file.
    pub holder: Option<IdentityId>,
    /// Who can read it, if that can be told.
    pub readers: Option<Readers>,
    /// Whether the material is itself encrypted, if that can be told.
    pub encrypted: Option<bool>,
    /// What the material opens: `registry.example.org as ci`, if the place tells.
    pub serves: Option<String>,
    /// When the place last changed, if it tells.
    pub modified_at: Option<Timestamp>,
    /// For people to read: mode, options of an authorized key.
    pub details: Details,
}

/// Which services an identity made use of, as far back as its provider remembers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Usage {
    /// Whose use it is.
    pub identity: IdentityId,
    /// By the prefix of their actions, `s3`: of a service that is not in here nothing is known.
    pub services: BTreeMap<String, Use>,
}

named! {
    /// What sort of thing runs.
    WorkloadKind {
        /// A unit of the service manager.
        Unit = "unit",
        /// A scheduled job.
        CronJob = "cron_job",
        /// A running program.
        Process = "process",
        /// A virtual machine of a cloud.
        Instance = "instance",
        /// What a virtual machine is given to take a role on; a machine that has it may not exist.
        InstanceProfile = "instance_profile",
        /// What virtual machines are made after; one may not exist.
        LaunchTemplate = "launch_template",
        /// A function that a cloud runs on demand.
        Function = "function",
        /// A task or service made of containers, or what it is made after.
        ContainerTask = "container_task",
        /// What builds software.
        BuildProject = "build_project",
        /// Resources that are made and changed together.
        Stack = "stack",
        /// A job of a batch or data service, the cluster that it runs on, or an end point to try it.
        Job = "job",
        /// A notebook that runs code.
        Notebook = "notebook",
        /// A service that a cloud runs as a whole.
        AppService = "app_service",
        /// A sequence of steps.
        StateMachine = "state_machine",
        /// What runs an agent that decides by itself.
        AgentRuntime = "agent_runtime",
    }
}

impl WorkloadKind {
    /// Whether it runs something, and is not only what something could be run with.
    #[must_use]
    pub fn runs(self) -> bool {
        !matches!(self, Self::InstanceProfile | Self::LaunchTemplate)
    }
}

/// Something that runs with an identity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Workload {
    /// Which one.
    pub id: WorkloadId,
    /// What sort.
    pub kind: WorkloadKind,
    /// With what identity.
    pub identity: IdentityId,
    /// For people to read: the program, never its arguments, which may hold secrets.
    pub details: Details,
}
