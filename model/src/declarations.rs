//! All declarations, arranged so that a subject meets the few that can match it.
//!
//! ```text
//! id: arn:aws:iam::*:user/ci-*      literals   arn:aws:iam::   :user/ci-
//!                                   anchor                     :user/ci-    the one that fewest share
//! ```
//!
//! Every condition holds texts that must stand in what it matches: its literals. One of them, the
//! anchor, is looked up; whatever holds no anchor of a declaration is not matched by it. INVARIANT:
//! nothing that matches is left out; whether what is found matches is for the caller to see.

use std::collections::btree_map::{BTreeMap, Keys, Values};
use std::sync::OnceLock;

use crate::{Declaration, DeclarationId, Pattern, Selector};

/// Declarations in the order of their ids.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    by_id: BTreeMap<DeclarationId, Declaration>,
    /// Drawn from [`Self::by_id`] when it is first asked for.
    anchors: OnceLock<Anchors>,
}

/// What a text tells of a subject: which condition of a selector it is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Facet {
    /// [`Selector::id`].
    Id,
    /// [`Selector::source`].
    Source,
    /// [`Selector::kind`].
    Kind,
    /// [`Selector::realm`].
    Realm,
    /// [`Selector::path`].
    Path,
    /// [`Selector::namespace`].
    Namespace,
    /// The name of one of [`Selector::labels`].
    Label,
    /// What one of [`Selector::labels`] must say.
    LabelValue,
}

impl Declarations {
    /// Adds a declaration, or replaces the one of that id.
    pub fn insert(&mut self, id: DeclarationId, declaration: Declaration) {
        self.anchors = OnceLock::new();
        self.by_id.insert(id, declaration);
    }

    /// The declaration of that id.
    #[must_use]
    pub fn get(&self, id: &DeclarationId) -> Option<&Declaration> {
        self.by_id.get(id)
    }

    /// All of them.
    pub fn values(&self) -> Values<'_, DeclarationId, Declaration> {
        self.by_id.values()
    }

    /// Their ids.
    pub fn keys(&self) -> Keys<'_, DeclarationId, Declaration> {
        self.by_id.keys()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Every declaration that could match a subject of which `texts` is all that there is to tell, in
    /// the order of their ids, and perhaps some that do not match it.
    #[must_use]
    pub fn near(&self, texts: &[(Facet, &str)]) -> Vec<&Declaration> {
        let anchors = self.anchors.get_or_init(|| Anchors::of(&self.by_id));
        let mut found: Vec<&DeclarationId> = anchors.none.iter().collect();
        for (facet, text) in texts {
            if let Some(literals) = anchors.by_facet.get(facet) {
                literals.find(text.as_bytes(), &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|id| self.by_id.get(id)).collect()
    }
}

/// What they say counts, not what was drawn from it.
impl PartialEq for Declarations {
    fn eq(&self, other: &Self) -> bool {
        self.by_id == other.by_id
    }
}

impl Eq for Declarations {}

impl FromIterator<(DeclarationId, Declaration)> for Declarations {
    fn from_iter<I: IntoIterator<Item = (DeclarationId, Declaration)>>(all: I) -> Self {
        Self { by_id: all.into_iter().collect(), anchors: OnceLock::new() }
    }
}

/// Declarations by a literal of theirs.
type ByText<'a> = BTreeMap<&'a str, Vec<DeclarationId>>;

/// The anchor of every declaration.
#[derive(Clone, Debug, Default)]
struct Anchors {
    by_facet: BTreeMap<Facet, Literals>,
    /// Those that ask for no text, such as `id: "*"`.
    none: Vec<DeclarationId>,
}

impl Anchors {
    fn of(all: &BTreeMap<DeclarationId, Declaration>) -> Self {
        let mut shared: BTreeMap<(Facet, &str), usize> = BTreeMap::new();
        for declaration in all.values() {
            for literal in literals(&declaration.selector) {
                let count = shared.entry(literal).or_default();
                *count = count.saturating_add(1);
            }
        }
        let mut none = Vec::new();
        let mut chosen: BTreeMap<Facet, ByText<'_>> = BTreeMap::new();
        for (id, declaration) in all {
            // Of those that equally few share, the longest stands in the fewest texts.
            let rarest = literals(&declaration.selector)
                .into_iter()
                .min_by_key(|it| (shared.get(it), std::cmp::Reverse(it.1.len())));
            match rarest {
                Some((facet, text)) => {
                    chosen.entry(facet).or_default().entry(text).or_default().push(id.clone());
                }
                None => none.push(id.clone()),
            }
        }
        let by_facet =
            chosen.into_iter().map(|(facet, literals)| (facet, Literals::of(literals))).collect();
        Self { by_facet, none }
    }
}

/// Every text that must stand in what the selector matches, none of them empty.
fn literals(selector: &Selector) -> Vec<(Facet, &str)> {
    let Selector { id, source, kind, realm, labels, path, namespace } = selector;
    let patterns: [(Facet, Option<&Pattern>); 4] = [
        (Facet::Id, id.as_ref()),
        (Facet::Realm, realm.as_ref()),
        (Facet::Path, path.as_ref()),
        (Facet::Namespace, namespace.as_ref()),
    ];
    let mut literals: Vec<(Facet, &str)> = Vec::new();
    for (facet, pattern) in patterns {
        literals.extend(pattern.into_iter().flat_map(|it| it.0.split('*')).map(|it| (facet, it)));
    }
    literals.extend(source.iter().map(|it| (Facet::Source, it.as_str())));
    literals.extend(kind.iter().map(|it| (Facet::Kind, it.as_str())));
    for (name, pattern) in labels {
        literals.push((Facet::Label, name.as_str()));
        literals.extend(pattern.0.split('*').map(|it| (Facet::LabelValue, it)));
    }
    literals.retain(|(_, text)| !text.is_empty());
    literals
}

/// Literals in order, so that one search finds all with which a text begins.
#[derive(Clone, Debug, Default)]
struct Literals {
    sorted: Vec<Literal>,
    /// Whether one begins with that byte.
    begins: Vec<bool>,
}

#[derive(Clone, Debug)]
struct Literal {
    text: String,
    /// The longest other literal with which this one begins.
    within: Option<usize>,
    declarations: Vec<DeclarationId>,
}

impl Literals {
    fn of(literals: ByText<'_>) -> Self {
        let mut built = Self { sorted: Vec::new(), begins: vec![false; 256] };
        for (text, declarations) in literals {
            let within = built.longest_start_of(text.as_bytes());
            if let Some(begins) =
                text.bytes().next().and_then(|it| built.begins.get_mut(usize::from(it)))
            {
                *begins = true;
            }
            built.sorted.push(Literal { text: text.to_owned(), within, declarations });
        }
        built
    }

    /// Adds the declarations of every literal that stands anywhere in `text`.
    fn find<'a>(&'a self, text: &[u8], found: &mut Vec<&'a DeclarationId>) {
        for (from, byte) in text.iter().enumerate() {
            if self.begins.get(usize::from(*byte)) != Some(&true) {
                continue;
            }
            let mut at = self.longest_start_of(text.get(from..).unwrap_or_default());
            while let Some(literal) = at.and_then(|at| self.sorted.get(at)) {
                found.extend(&literal.declarations);
                at = literal.within;
            }
        }
    }

    /// The longest literal with which `text` begins. Whatever `text` begins with stands before it in
    /// the order, and begins what stands between.
    fn longest_start_of(&self, text: &[u8]) -> Option<usize> {
        let after = self.sorted.partition_point(|literal| literal.text.as_bytes() <= text);
        let mut at = after.checked_sub(1);
        while let Some(literal) = at.and_then(|at| self.sorted.get(at)) {
            if text.starts_with(literal.text.as_bytes()) {
                break;
            }
            at = literal.within;
        }
        at
    }
}
