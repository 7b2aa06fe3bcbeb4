//! `.netrc`, as ftp(1) and curl(1) read it.
//!
//! ```text
//! machine HOST login USER password SECRET      in any layout; `default` for any host
//! macdef NAME                                  a macro, to the next empty line
//! ```

use model::CredentialKind;

use super::super::found::Found;
use super::super::text;
use crate::secret::FingerprintKey;

/// The password of every machine.
#[must_use]
pub(in super::super) fn find(bytes: &[u8], key: &FingerprintKey) -> Vec<Found> {
    let (mut all, mut names) = (Vec::new(), super::Names::default());
    let (mut machine, mut login, mut open) = (None, None, None);
    let mut close = |machine: &Option<String>, login: &Option<String>, open: Option<Found>| {
        let Some(mut found): Option<Found> = open else { return };
        let host = machine.as_deref().unwrap_or("default");
        found.item = names.numbered(host);
        found.serves = Some(
            login.as_ref().map_or_else(|| host.to_owned(), |login| format!("{host} as {login}")),
        );
        all.push(found);
    };
    let mut in_macro = false;
    for line in text::lines(bytes) {
        in_macro &= !line.trim_ascii().is_empty();
        if in_macro || line.trim_ascii_start().starts_with(b"#") {
            continue;
        }
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            match word {
                b"machine" | b"default" => {
                    close(&machine, &login, open.take());
                    let name = if word == b"machine" { words.next() } else { None };
                    (machine, login) = (name.and_then(text::public), None);
                }
                b"login" => login = words.next().and_then(text::public),
                b"password" => {
                    let fingerprint = words.next().and_then(|word| key.fingerprint(word));
                    open = Some(Found::secret("", CredentialKind::Password, fingerprint));
                }
                b"account" => {
                    words.next();
                }
                b"macdef" => {
                    in_macro = true;
                    break;
                }
                _ => {}
            }
        }
    }
    close(&machine, &login, open);
    all
}
