//! `trust.broad_federation`: an issuer of others may vouch for anybody.

use model::{Bond, Outsider, OutsiderKind, RuleId, Subject};

use super::{Said, claim, let_in, named, update};
use crate::detector::{Cx, Detector, Example, Rule, Verdict, clause};
use crate::severity::Part;

pub(in crate::detector) struct BroadFederation;

static RULE: Rule = Rule {
    id: RuleId::of("trust.broad_federation"),
    claim: "An issuer of others may vouch for anybody to it.",
    rationale: "An issuer that serves many customers signs tokens for all of them: a trust that does not say whose token, and made out for whom, lets in the workloads of strangers.",
    default: "At once, for OpenID Connect, if a token that the issuer made out for somebody else would be let in, or one for another audience; for SAML and for pools of Cognito, which are the organisation\u{2019}s own, if one for another audience would. Patterns that leave open where the name of a party ends count as open. Left alone: what the cloud made.",
    remedy: "Bind the subject (`:sub`) and the audience (`:aud`) of the token in the condition of the trust.",
    clauses: &[clause::NHI6, clause::NHI4, clause::PR_AA_03],
    examples: &[
        Example {
            shows: "a trust in a public issuer for whatever repository",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci
  trust t {"Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}}}"#,
            fires: true,
        },
        Example {
            shows: "a trust for one repository",
            as_of: "2026-03-01",
            estate: r#"
role arn:aws:iam::111122223333:role/ci
  trust t {"Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:acme/api:*"}}}}"#,
            fires: false,
        },
    ],
};

impl Detector for BroadFederation {
    fn rule(&self) -> &'static Rule {
        &RULE
    }

    fn examine(&self, subject: &Subject, cx: &Cx<'_>) -> Verdict {
        let mut verdict = Verdict::default();
        let broad: Vec<&Outsider> = let_in(&RULE, subject, cx, &mut verdict)
            .iter()
            .filter(|it| matches!(it.kind, OutsiderKind::Oidc | OutsiderKind::Saml))
            .filter(|it| !it.lacks.is_empty())
            .collect();
        if broad.is_empty() {
            return verdict;
        }
        let lacks = |bond| broad.iter().any(|it| it.lacks.contains(&bond));
        let (what, exposure) = match (lacks(Bond::Subject), lacks(Bond::Audience)) {
            (true, true) => {
                ("neither subject nor audience", Part::new(100, "anyone of that issuer"))
            }
            (true, false) => ("no subject", Part::new(100, "anyone of that issuer")),
            (false, _) => ("no audience", Part::new(50, "whom the issuer vouches for to others")),
        };
        let because = format!("lets in whom {} vouches for, bound to {what}", named(&broad));
        let remedy = format!("bind `:sub` and `:aud` in the trust, then: {}", update(subject));
        let said = Said { outsiders: broad, because, remedy, exposure };
        claim(&RULE, subject, cx, said, &mut verdict);
        verdict
    }
}

#[cfg(test)]
mod tests;
