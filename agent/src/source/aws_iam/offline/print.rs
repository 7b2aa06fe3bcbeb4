//! What the provider's command line prints, call by call, and how one print is told from another:
//! by the names at the top of its JSON, never by the name of a file.

/// One call whose print can be read.
#[derive(Debug)]
pub(super) struct Print {
    /// Which one.
    pub(super) kind: Kind,
    /// The names that are at the top of a print, all of them; one such list after another.
    keys: &'static [&'static [&'static str]],
    /// How it is printed: `aws ...`.
    pub(super) command: &'static str,
}

/// Which call a print is of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    /// Users, groups, roles and policies.
    Details,
    /// The credential report.
    Report,
    /// Whose credentials were used.
    Caller,
    /// The ids of a user's access keys.
    AccessKeys,
}

/// All that can be read, the most telling names first.
pub(super) const PRINTS: &[Print] = &[
    Print {
        kind: Kind::Details,
        keys: &[&["UserDetailList"], &["RoleDetailList"], &["GroupDetailList"]],
        command: "aws iam get-account-authorization-details",
    },
    Print {
        kind: Kind::Report,
        keys: &[&["Content", "ReportFormat"]],
        command: "aws iam get-credential-report",
    },
    Print {
        kind: Kind::Caller,
        keys: &[&["UserId", "Account", "Arn"]],
        command: "aws sts get-caller-identity",
    },
    Print {
        kind: Kind::AccessKeys,
        keys: &[&["AccessKeyMetadata"]],
        command: "aws iam list-access-keys",
    },
];

impl Kind {
    /// The kind of a print with these names at its top.
    pub(super) fn of_keys(keys: &[String]) -> Option<Self> {
        let has = |key: &&str| keys.iter().any(|it| it == key);
        let fits = |print: &&Print| print.keys.iter().any(|all| all.iter().all(|key| has(&key)));
        PRINTS.iter().find(fits).map(|print| print.kind)
    }

    /// How it is printed.
    pub(super) fn command(self) -> &'static str {
        let print = PRINTS.iter().find(|print| print.kind == self);
        print.map_or("aws", |print| print.command)
    }
}
