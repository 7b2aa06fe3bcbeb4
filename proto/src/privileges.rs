//! What the collector worked out of what agents saw.

use model::{Bond, Outsider, OutsiderKind, PathStep, PrivilegeVerdict, Privileges};

use crate::malformed::{Malformed, word};
use crate::v1;

impl From<&Privileges> for v1::Privileges {
    fn from(it: &Privileges) -> Self {
        let step = |it: &PathStep| v1::PathStep {
            what: it.what.clone(),
            sets: it.sets.clone(),
            by: it.by.clone(),
        };
        let outsider = |it: &Outsider| v1::Outsider {
            kind: it.kind.name().to_owned(),
            who: it.who.clone(),
            lacks: it.lacks.iter().map(|bond| bond.name().to_owned()).collect(),
            by: it.by.clone(),
        };
        let words = |words: &Vec<String>| v1::Words { words: words.clone() };
        Self {
            identity: it.identity.0.clone(),
            verdict: it.verdict.name().to_owned(),
            because: it.because.iter().map(step).collect(),
            becomes: it.becomes.iter().map(|id| id.0.clone()).collect(),
            services: it.services.clone(),
            services_whole: it.services_whole.clone(),
            sensitive: it.sensitive.iter().map(|(risk, it)| (risk.clone(), words(it))).collect(),
            secrets: it.secrets.clone(),
            outsiders: it.outsiders.iter().map(outsider).collect(),
        }
    }
}

impl TryFrom<v1::Privileges> for Privileges {
    type Error = Malformed;

    fn try_from(it: v1::Privileges) -> Result<Self, Malformed> {
        let step = |it: v1::PathStep| PathStep { what: it.what, sets: it.sets, by: it.by };
        let mut outsiders = Vec::with_capacity(it.outsiders.len());
        for outsider in it.outsiders {
            let mut lacks = Vec::with_capacity(outsider.lacks.len());
            for bond in &outsider.lacks {
                lacks.push(word(Bond::from_name, bond, "outsider.lacks")?);
            }
            outsiders.push(Outsider {
                kind: word(OutsiderKind::from_name, &outsider.kind, "outsider.kind")?,
                who: outsider.who,
                lacks,
                by: outsider.by,
            });
        }
        Ok(Self {
            identity: it.identity.into(),
            verdict: word(PrivilegeVerdict::from_name, &it.verdict, "privileges.verdict")?,
            because: it.because.into_iter().map(step).collect(),
            becomes: it.becomes.into_iter().map(Into::into).collect(),
            services: it.services,
            services_whole: it.services_whole,
            sensitive: it.sensitive.into_iter().map(|(risk, it)| (risk, it.words)).collect(),
            secrets: it.secrets,
            outsiders,
        })
    }
}
