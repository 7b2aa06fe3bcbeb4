//! Which files are looked into: decided by the name, and for names that say nothing by the first bytes.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::text;

/// How much of a file is read to see what it is.
pub(super) const HEAD_LEN: usize = 64;

/// What a file is taken for by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Guess {
    /// Known not to hold credentials that we could read.
    Nothing,
    /// Any file: its first bytes decide.
    Any,
    /// Read whole: keys and certificates, whatever their form.
    Keys,
    /// `authorized_keys`.
    AuthorizedKeys,
    /// A locked box: told without opening.
    Box,
    /// JSON of unknown content: a service account's key, perhaps.
    Json,
    /// A file of credentials in its known place.
    Known(Format),
}

/// Formats of files that hold credentials in their known places.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// `~/.aws/credentials`, `~/.aws/config`.
    Aws,
    /// Azure's and the AWS single sign-on's caches of tokens.
    Tokens,
    /// Google's default credentials.
    Google,
    /// `~/.docker/config.json` and its kin.
    Docker,
    /// `~/.kube/config`.
    Kubeconfig,
    /// `~/.netrc`.
    Netrc,
    /// `~/.npmrc`.
    Npmrc,
    /// `~/.pypirc`.
    Pypirc,
    /// `~/.git-credentials`.
    GitCredentials,
    /// `.env`.
    Env,
    /// A token and nothing else.
    Token,
}

/// By the path alone.
#[must_use]
pub fn guess(path: &Path) -> Guess {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let above = path.parent().and_then(Path::parent).and_then(Path::file_name);
    let above = above.unwrap_or_default().as_bytes();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().as_bytes();
    if let Some(known) = known(above, folder, name) {
        return Guess::Known(known);
    }
    if matches!(name, b"authorized_keys" | b"authorized_keys2") {
        return Guess::AuthorizedKeys;
    }
    // Java's lists of authorities, its own and those of the machine, in whatever form: no keys in them,
    // everybody may read them, and the authorities are found elsewhere.
    let stem = path.file_stem().unwrap_or_default().as_bytes();
    if matches!(stem, b"cacerts" | b"jssecacerts") {
        return Guess::Nothing;
    }
    // Read as tables, by other means.
    if folder == b"etc"
        && matches!(name, b"shadow" | b"shadow-" | b"gshadow" | b"gshadow-" | b"sudoers")
        || folder == b"sudoers.d"
    {
        return Guess::Nothing;
    }
    match path.extension().map(OsStr::as_bytes) {
        Some(b"pem" | b"crt" | b"cer" | b"cert" | b"der" | b"key" | b"ppk") => Guess::Keys,
        Some(b"p12" | b"pfx" | b"jks" | b"keystore" | b"kdbx") => Guess::Box,
        Some(b"json") => Guess::Json,
        Some(b"pub") => Guess::Nothing,
        Some(b"env") => Guess::Known(Format::Env),
        Some(b"kubeconfig") => Guess::Known(Format::Kubeconfig),
        Some(extension) if NEVER.contains(&extension) => Guess::Nothing,
        _ => Guess::Any,
    }
}

fn known(above: &[u8], folder: &[u8], name: &[u8]) -> Option<Format> {
    Some(match (folder, name) {
        (b".aws", b"credentials" | b"config") => Format::Aws,
        (
            b".azure",
            b"accessTokens.json" | b"msal_token_cache.json" | b"service_principal_entries.json",
        ) => Format::Tokens,
        (b"cache", _) if name.ends_with(b".json") && above == b"sso" => Format::Tokens,
        (_, b"application_default_credentials.json" | b"adc.json")
        | (b"gcloud", b"credentials.db" | b"access_tokens.db") => Format::Google,
        (b".docker", b"config.json") | (b"containers", b"auth.json") | (_, b".dockercfg") => {
            Format::Docker
        }
        (b".kube", b"config") | (_, b"kubeconfig") => Format::Kubeconfig,
        (b"kubernetes", _) if name.ends_with(b".conf") => Format::Kubeconfig,
        (_, b".netrc" | b"_netrc") => Format::Netrc,
        (_, b".npmrc") => Format::Npmrc,
        (_, b".pypirc") => Format::Pypirc,
        (_, b".git-credentials") | (b"git", b"credentials") => Format::GitCredentials,
        (_, b".vault-token") => Format::Token,
        _ if name == b".env" || is_env_variant(name) => Format::Env,
        _ => return None,
    })
}

/// `.env.production`, but not `.env.example`, which is there to be copied.
fn is_env_variant(name: &[u8]) -> bool {
    name.strip_prefix(b".env.").is_some_and(|variant| {
        !matches!(variant, b"example" | b"sample" | b"template" | b"dist" | b"defaults")
    })
}

/// What the first bytes of a file say: keys, a locked box, or nothing.
#[must_use]
pub fn guess_head(head: &[u8]) -> Guess {
    let start = head.trim_ascii_start();
    // Before the first block there may be a line of text, which certificate tools write.
    if start.starts_with(b"-----BEGIN ")
        || start.starts_with(b"PuTTY-User-Key-File-")
        || text::contains(head, b"\n-----BEGIN ")
    {
        return Guess::Keys;
    }
    // A Java key store, of the old and of the newer kind.
    if head.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || head.starts_with(&[0xce; 4]) {
        return Guess::Box;
    }
    Guess::Nothing
}

/// Extensions of programs, pictures, texts and the like: most of the files there are, so that they
/// need not be opened.
const NEVER: &[&[u8]] = &[
    b"a", b"avi", b"bin", b"bz2", b"c", b"cc", b"class", b"cpp", b"css", b"deb", b"dll", b"eot",
    b"exe", b"gif", b"go", b"gz", b"h", b"hpp", b"htm", b"html", b"ico", b"iso", b"jar", b"java",
    b"jpeg", b"jpg", b"js", b"lock", b"map", b"md", b"mjs", b"mo", b"mp3", b"mp4", b"o", b"ogg",
    b"otf", b"pdf", b"php", b"pl", b"pm", b"png", b"po", b"pot", b"py", b"pyc", b"pyi", b"rb",
    b"rlib", b"rmeta", b"rpm", b"rs", b"rst", b"scss", b"so", b"sqlite", b"svg", b"tar", b"tgz",
    b"tiff", b"ts", b"tsx", b"ttf", b"wasm", b"wav", b"webp", b"whl", b"woff", b"woff2", b"xz",
    b"zip", b"zst",
];

#[cfg(test)]
mod tests;
