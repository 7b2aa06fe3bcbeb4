//! Patterns of policy documents, compiled: `*` for any characters, `?` for one, `${key}` for what is
//! known of the request.
//!
//! ```text
//! actions     compared in upper and lower case alike, as a whole
//! resources   compared exactly, field by field of the ARN: arn:partition:service:region:account:rest
//!             a `*` at the end of a field may go on beyond the colon: arn:aws:lambda:*:function:f
//!             what is left out at the end is anything: arn:aws:sqs
//! ```

mod meet;

use std::borrow::Cow;
use std::collections::BTreeSet;

/// One pattern without variables.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Glob {
    /// Anything.
    Any,
    /// That text alone.
    Exact(Box<str>),
    /// What begins so.
    Prefix(Box<str>),
    /// Anything else.
    Wild(Box<str>),
}

/// What stands for any text where a pattern is to be met by one: nobody names a thing so.
pub(super) const ANYTHING: &str = "zq7x9";

/// Stand for the characters `*` and `?` themselves where a text is a pattern; nobody else uses them.
const LITERALS: [(char, char); 2] = [('*', '\u{10fffc}'), ('?', '\u{10fffd}')];

/// `text` as a part of a pattern, without wildcards.
pub(super) fn literal(text: &str) -> Cow<'_, str> {
    if text.contains(['*', '?']) {
        let [(star, star_mark), (one, one_mark)] = LITERALS;
        return text
            .replace(star, &String::from(star_mark))
            .replace(one, &String::from(one_mark))
            .into();
    }
    text.into()
}

/// A part of a pattern, as it stands in what is matched.
pub(super) fn plain(text: &str) -> String {
    let letter = |c| LITERALS.iter().find(|(_, mark)| *mark == c).map_or(c, |(c, _)| *c);
    text.chars().map(letter).collect()
}

impl Glob {
    /// Compiles `text`.
    pub(super) fn of(text: &str) -> Self {
        if !text.is_empty() && text.bytes().all(|byte| byte == b'*') {
            return Self::Any;
        }
        if text.contains("**") {
            // Two say no more than one, and a walk through them would take longer.
            let mut chars: Vec<char> = text.chars().collect();
            chars.dedup_by(|one, other| *one == '*' && *other == '*');
            return Self::of(&String::from_iter(chars));
        }
        if !text.contains(['*', '?']) {
            return Self::Exact(plain(text).into());
        }
        let head = text.trim_end_matches('*');
        if head.contains(['*', '?']) {
            Self::Wild(text.into())
        } else {
            Self::Prefix(plain(head).into())
        }
    }

    /// Whether it matches all of `text`. Takes time in proportion to the product of the lengths.
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => **exact == *text,
            Self::Prefix(prefix) => text.starts_with(&**prefix),
            Self::Wild(pattern) => wild_matches(pattern, text, is_letter),
        }
    }

    /// Whether it ends with a `*`.
    fn is_open_ended(&self) -> bool {
        match self {
            Self::Any | Self::Prefix(_) => true,
            Self::Exact(_) => false,
            Self::Wild(pattern) => pattern.ends_with('*'),
        }
    }

    /// As it is written.
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Any => Cow::Borrowed("*"),
            Self::Exact(text) | Self::Wild(text) => Cow::Borrowed(text),
            Self::Prefix(head) => Cow::Owned(format!("{head}*")),
        }
    }

    /// A text that it matches and that begins with `head`, if there is one; what is free is filled with
    /// `filling`.
    fn witness(&self, head: &str, filling: &str) -> Option<String> {
        match self {
            Self::Any => Some(format!("{head}{filling}")),
            Self::Exact(exact) => exact.starts_with(head).then(|| exact.to_string()),
            Self::Prefix(prefix) if prefix.starts_with(head) => Some(format!("{prefix}{filling}")),
            Self::Prefix(prefix) => head.starts_with(&**prefix).then(|| format!("{head}{filling}")),
            Self::Wild(pattern) => wild_witness(pattern, head, filling),
        }
    }
}

fn is_letter(wanted: char, found: char) -> bool {
    wanted == found || LITERALS.contains(&(found, wanted))
}

/// Where two patterns meet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Met {
    /// Both match that text.
    At(String),
    /// No text is matched by both.
    Nowhere,
    /// They are too long to say.
    Unsaid,
}

/// A text that both patterns match, where what both leave free is `filling`.
pub(super) fn meeting(one: &str, other: &str, filling: &str) -> Met {
    /// BOUND: the time is that of the product.
    const LENGTH_MAX: usize = 256;
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if one.len().max(other.len()) > LENGTH_MAX {
        return Met::Unsaid;
    }
    let mut walk = Meeting { one, other, filling, seen: BTreeSet::new(), text: Vec::new() };
    if walk.goes_on(0, 0) { Met::At(walk.text.concat()) } else { Met::Nowhere }
}

/// The same of two patterns over ARNs, which are compared field by field.
pub(super) fn meeting_of_arns(one: &str, other: &str, filling: &str) -> Met {
    let mut fields = Vec::new();
    for (one, other) in one.splitn(6, ':').zip(other.splitn(6, ':')) {
        match meeting(one, other, filling) {
            Met::At(field) => fields.push(field),
            missed @ (Met::Nowhere | Met::Unsaid) => return missed,
        }
    }
    Met::At(fields.join(":"))
}

/// A walk through two patterns at once.
struct Meeting<'f> {
    one: Vec<char>,
    other: Vec<char>,
    filling: &'f str,
    /// Places from which there is no way.
    seen: BTreeSet<(usize, usize)>,
    text: Vec<String>,
}

impl Meeting<'_> {
    fn goes_on(&mut self, at: usize, by: usize) -> bool {
        if !self.seen.insert((at, by)) {
            return false;
        }
        let (next, next_by) = (at.saturating_add(1), by.saturating_add(1));
        let (one, other) = (self.one.get(at).copied(), self.other.get(by).copied());
        let steps = match (one, other) {
            (None, None) => return true,
            (Some('*'), Some('*')) => {
                let filling = Some(self.filling.to_owned());
                vec![(filling, next, by), (None, at, next_by)]
            }
            (Some('*'), letter) => {
                let step = letter.map(|letter| (Some(shown(letter)), at, next_by));
                step.into_iter().chain([(None, next, by)]).collect()
            }
            (letter, Some('*')) => {
                let step = letter.map(|letter| (Some(shown(letter)), next, by));
                step.into_iter().chain([(None, at, next_by)]).collect()
            }
            (Some('?'), Some(other)) => vec![(Some(shown(other)), next, next_by)],
            (Some(one), Some(other)) if other == '?' || one == other => {
                vec![(Some(shown(one)), next, next_by)]
            }
            (_, _) => return false,
        };
        for (text, at, by) in steps {
            let length = self.text.len();
            self.text.extend(text);
            if self.goes_on(at, by) {
                return true;
            }
            self.text.truncate(length);
        }
        false
    }
}

/// A letter of a pattern that is no `*`, in a text that it matches.
fn shown(letter: char) -> String {
    String::from(if letter == '?' { 'z' } else { letter })
}

/// Whether `pattern` matches all of `text`, where `same` says which characters are alike.
///
/// Takes time in proportion to the product of the lengths, whatever the pattern.
pub(crate) fn wild_matches(pattern: &str, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let mut pattern_rest = pattern.chars();
    let mut text_rest = text.chars();
    // Where to go on if what follows the last `*` does not fit.
    let mut retry: Option<(std::str::Chars<'_>, std::str::Chars<'_>)> = None;
    loop {
        match (pattern_rest.next(), text_rest.clone().next()) {
            (Some('*'), _) => {
                retry = Some((pattern_rest.clone(), text_rest.clone()));
                continue;
            }
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == '?' || same(wanted, found) => {
                text_rest.next();
                continue;
            }
            (None | Some(_), _) => (),
        }
        let Some((after_star, mut later)) = retry.take() else { return false };
        if later.next().is_none() {
            return false;
        }
        // One character more belongs to the `*`.
        pattern_rest = after_star.clone();
        text_rest = later.clone();
        retry = Some((after_star, later));
    }
}

/// Where `tokens` may stand once `head` is behind, in order.
fn states_behind(tokens: &[char], head: &str, same: impl Fn(char, char) -> bool) -> Vec<usize> {
    let mut states = vec![0_usize];
    star_skip(tokens, &mut states);
    for letter in head.chars() {
        let mut next = Vec::new();
        for state in states {
            match tokens.get(state) {
                Some('*') => next.push(state),
                Some(token) if *token == '?' || same(*token, letter) => {
                    next.push(state.saturating_add(1));
                }
                Some(_) | None => {}
            }
        }
        star_skip(tokens, &mut next);
        states = next;
    }
    states
}

/// The patterns that match what `pattern` matches of the actions whose names begin with `head`, in upper
/// and lower case alike, and nothing else.
pub(super) fn narrowed(pattern: &str, head: &str) -> Vec<String> {
    let tokens: Vec<char> = pattern.chars().collect();
    let states = states_behind(&tokens, head, |one, other| one.eq_ignore_ascii_case(&other));
    let mut found = Vec::new();
    for state in &states {
        // Behind a `*` nothing begins that does not begin at it.
        let star = state.checked_sub(1).filter(|star| tokens.get(*star) == Some(&'*'));
        let is_covered = star.is_some_and(|star| states.contains(&star));
        let rest = tokens.get(*state..).unwrap_or_default();
        // Behind the service no name holds a colon.
        if !is_covered && !rest.is_empty() && !rest.contains(&':') {
            found.push(format!("{head}{}", rest.iter().collect::<String>()));
        }
    }
    found
}

/// Whether something is matched by both, given in lower case.
pub(super) fn is_shared(one: &str, other: &str) -> bool {
    meet::meet(&[one, other], "").is_some()
}

/// Follows `pattern` through `head`, and fills what remains of it.
fn wild_witness(pattern: &str, head: &str, filling: &str) -> Option<String> {
    let tokens: Vec<char> = pattern.chars().collect();
    let states = states_behind(&tokens, head, |one, other| one == other);
    let last = *states.iter().max()?;
    // A `*` before it may go on, and shows what is free.
    let star = last.checked_sub(1).filter(|star| tokens.get(*star) == Some(&'*'));
    let star = star.filter(|star| states.contains(star));
    let rest = tokens.get(star.unwrap_or(last)..)?;
    let mut text = head.to_owned();
    for token in rest {
        match token {
            '*' => text.push_str(filling),
            '?' => text.push('z'),
            letter => text.push(*letter),
        }
    }
    Some(text)
}

/// Adds the states behind each `*`, which may stand for nothing.
fn star_skip(tokens: &[char], states: &mut Vec<usize>) {
    let mut index = 0;
    while let Some(state) = states.get(index).copied() {
        let behind = state.saturating_add(1);
        if tokens.get(state) == Some(&'*') && !states.contains(&behind) {
            states.push(behind);
        }
        index = index.saturating_add(1);
    }
    states.sort_unstable();
    states.dedup();
}

/// A text that all of `globs` match and that is of the form of `field`.
fn met<'a>(globs: &[&Glob], field: &'a str, filling: &str) -> Option<Cow<'a, str>> {
    if !field.contains('*') {
        return globs.iter().all(|glob| glob.matches(field)).then_some(Cow::Borrowed(field));
    }
    let text = match globs {
        [] => field.replace('*', filling),
        // What begins so, or is so: the form is followed from there.
        [Glob::Exact(exact)] => Glob::of(field).matches(exact).then(|| exact.to_string())?,
        [Glob::Prefix(head)] => Glob::of(field).witness(head, filling)?,
        globs => {
            let texts: Vec<Cow<'_, str>> = globs.iter().map(|glob| glob.text()).collect();
            let texts = texts.iter().map(AsRef::as_ref).chain([field]);
            meet::meet(&texts.collect::<Vec<_>>(), filling)?
        }
    };
    Some(Cow::Owned(text))
}

/// A pattern over ARNs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Arns {
    /// `*`.
    Any,
    /// Field by field.
    Fields(Box<[Glob; 6]>),
}

impl Arns {
    /// Compiles `text`.
    pub(super) fn of(text: &str) -> Self {
        if Glob::of(text) == Glob::Any {
            return Self::Any;
        }
        let mut fields = text.splitn(6, ':').map(Glob::of);
        let mut next = || fields.next().unwrap_or(Glob::Any);
        Self::Fields(Box::new([next(), next(), next(), next(), next(), next()]))
    }

    /// Whether it matches `arn`. A request without a resource of its own is about `*`, which `*` alone
    /// matches.
    pub(super) fn matches(&self, arn: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Fields(_) if arn == "*" => false,
            Self::Fields(globs) => {
                // Most differ in their last part, which is quickly seen.
                if let [.., Glob::Exact(last)] = globs.as_slice()
                    && !arn.ends_with(&**last)
                {
                    return false;
                }
                let mut fields = arn.splitn(6, ':');
                globs.iter().all(|glob| glob.matches(fields.next().unwrap_or_default()))
                    || spans(globs, arn)
            }
        }
    }

    /// An ARN that all of `patterns` match and that is of the form that `fields` say, if there is one.
    pub(super) fn meet(patterns: &[&Self], fields: &[&str; 6]) -> Option<String> {
        let mut found = String::new();
        for (index, field) in fields.iter().enumerate() {
            let mut globs: Vec<&Glob> = Vec::with_capacity(patterns.len());
            for pattern in patterns {
                let Self::Fields(all) = pattern else { continue };
                globs.extend(all.get(index).filter(|it| **it != Glob::Any));
            }
            if index > 0 {
                found.push(':');
            }
            let filling = if index == 3 { "us-east-1" } else { ANYTHING };
            found.push_str(&met(&globs, field, filling)?);
        }
        Some(found)
    }

    /// Whether it can be about that service, by the field of the ARN.
    pub(super) fn is_about_service(&self, service: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Fields(globs) => globs.get(2).is_some_and(|glob| glob.matches(service)),
        }
    }

    /// An ARN that it matches and that `template` does: fields with a `*` at their end, or none.
    pub(super) fn witness(&self, template: &str) -> Option<String> {
        let Self::Fields(globs) = self else { return Some(template.replace('*', ANYTHING)) };
        if template == "*" {
            return None;
        }
        let mut fields = Vec::with_capacity(globs.len());
        for (index, (glob, wanted)) in globs.iter().zip(template.splitn(6, ':')).enumerate() {
            let filling = if index == 3 { "us-east-1" } else { ANYTHING };
            match wanted.strip_suffix('*') {
                // The account and the region are of the form of such, or nothing.
                Some(head) => fields.push(glob.witness(head, filling)?),
                None => fields.push(glob.matches(wanted).then(|| wanted.to_owned())?),
            }
        }
        Some(fields.join(":"))
    }
}

/// Whether it matches `arn` if a `*` at the end of a field may stand for what is beyond the colon, too.
fn spans(globs: &[Glob; 6], arn: &str) -> bool {
    let [fields @ .., last] = globs;
    // With as many colons as an ARN has at least, there is nothing beyond.
    if arn.bytes().filter(|byte| *byte == b':').count() <= fields.len() {
        return false;
    }
    // What may be left of it for the fields that follow.
    let mut rests = vec![arn];
    for glob in fields {
        let mut next: Vec<&str> = Vec::new();
        for rest in rests {
            let Some((field, mut after)) = rest.split_once(':') else { continue };
            if !glob.matches(field) {
                continue;
            }
            next.push(after);
            while glob.is_open_ended()
                && let Some((_, beyond)) = after.split_once(':')
            {
                next.push(beyond);
                after = beyond;
            }
        }
        // The shortest last, and each once.
        next.sort_unstable_by_key(|rest| std::cmp::Reverse(rest.len()));
        next.dedup_by_key(|rest| rest.len());
        rests = next;
    }
    rests.into_iter().any(|rest| last.matches(rest))
}

#[cfg(test)]
mod tests {
    use super::{Arns, Glob};

    #[test]
    fn fields_of_an_arn_are_matched_each_by_itself() {
        for (pattern, arn, expected) in [
            ("*", "*", true),
            ("arn:aws:s3:::*", "*", false),
            ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs/a:b/c", true),
            ("arn:aws:sqs", "arn:aws:sqs:us-east-1:111122223333:q", true),
            ("arn:aws:iam:*", "arn:aws:iam::111122223333:role/a", true),
            ("arn:aws:iam::111122223333:role/a*", "arn:aws:iam::111122223333:role/Ab", false),
            ("arn:aws:iam::*:role/a", "arn:aws:iam::1:x:role/a", true),
            ("arn:aws:iam::*1:role/a", "arn:aws:iam::1:1:role/a", false),
            ("arn:aws:lambda:*:function:f", "arn:aws:lambda:us-east-1:1:function:f", true),
            ("arn:aws:lambda:*:function:f", "arn:aws:lambda:us-east-1:1:function:g", false),
            ("arn:aws:iam::*:ro?e/*", "arn:aws:iam::1:role/a/b", true),
        ] {
            assert_eq!(Arns::of(pattern).matches(arn), expected, "{pattern} {arn}");
        }
    }

    #[test]
    fn a_witness_is_matched_by_both() {
        for (pattern, template, expected) in [
            ("*", "arn:aws:lambda:*:1:function:*", "arn:aws:lambda:zq7x9:1:function:zq7x9"),
            (
                "arn:aws:lambda:*:*:function:dev-*",
                "arn:aws:lambda:*:1:function:*",
                "arn:aws:lambda:us-east-1:1:function:dev-zq7x9",
            ),
            ("arn:aws:iam::1:*/a", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a"),
            ("arn:aws:iam::1:r*e/*x", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/zq7x9x"),
        ] {
            let found = Arns::of(pattern).witness(template);
            assert_eq!(found.as_deref(), Some(expected), "{pattern} {template}");
        }
        assert_eq!(Arns::of("arn:aws:s3:::b").witness("arn:aws:lambda:*:1:function:*"), None);
        assert_eq!(Arns::of("arn:aws:s3:::b").witness("*"), None);
    }

    #[test]
    fn a_pattern_made_to_explode_takes_its_time_but_ends() {
        let pattern = "*a".repeat(2000);
        assert!(!Glob::of(&pattern).matches(&"a".repeat(1999)));
    }
}
