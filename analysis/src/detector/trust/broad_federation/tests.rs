use super::BroadFederation;
use crate::detector::testing::claims;

const GITHUB: &str = "token.actions.githubusercontent.com";

/// A trust in an issuer, under that condition.
fn of_issuer(issuer: &str, condition: &str) -> Vec<String> {
    let statement = format!(
        r#"{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::1:oidc-provider/{issuer}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{condition}}}"#
    );
    let text = format!("role arn:aws:iam::1:role/ci\n  trust t {{\"Statement\":{statement}}}");
    let mut said = claims(&BroadFederation, "2026-03-01", &text);
    for line in &mut said {
        *line = line.rsplit(", bound to ").next().unwrap_or_default().to_owned();
    }
    said
}

fn github(subject: &str) -> Vec<String> {
    of_issuer(
        GITHUB,
        &format!(
            r#"{{"StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com"}},"StringLike":{{"{GITHUB}:sub":"{subject}"}}}}"#
        ),
    )
}

#[test]
fn fires_if_nothing_is_bound() {
    assert_eq!(of_issuer(GITHUB, "{}"), ["neither subject nor audience"]);
}

#[test]
fn fires_if_the_subject_may_be_anybodys() {
    let audience = format!(r#"{{"StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com"}}}}"#);
    assert_eq!(of_issuer(GITHUB, &audience), ["no subject"]);
    for subject in ["*", "repo:*", "repo:*:ref:refs/heads/main", "repo:*/api:*", "repo:acme*"] {
        assert_eq!(github(subject), ["no subject"], "{subject}");
    }
}

#[test]
fn stays_quiet_just_below_it_if_the_party_is_named() {
    for subject in ["repo:acme/api:*", "repo:acme/*", "repo:acme/api:ref:refs/heads/main"] {
        assert_eq!(github(subject), [""; 0], "{subject}");
    }
}

#[test]
fn another_claim_may_name_the_party() {
    let condition = format!(
        r#"{{"StringEquals":{{"{GITHUB}:aud":"sts.amazonaws.com","{GITHUB}:repository_owner":"acme"}}}}"#
    );
    assert_eq!(of_issuer(GITHUB, &condition), [""; 0]);
}

#[test]
fn a_cluster_is_bound_by_its_namespace() {
    let cluster = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE1";
    let of = |subject: &str| {
        of_issuer(
            cluster,
            &format!(
                r#"{{"StringEquals":{{"{cluster}:aud":"sts.amazonaws.com"}},"StringLike":{{"{cluster}:sub":"{subject}"}}}}"#
            ),
        )
    };
    assert_eq!(of("system:serviceaccount:*:*"), ["no subject"]);
    assert_eq!(of("system:serviceaccount:payments:*"), [""; 0]);
}

#[test]
fn fires_on_saml_without_an_audience_and_stays_quiet_with_one() {
    let saml = |condition: &str| {
        let statement = format!(
            r#"{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::1:saml-provider/idp"}},"Action":"sts:AssumeRoleWithSAML","Condition":{condition}}}"#
        );
        let text = format!("role arn:aws:iam::1:role/ci\n  trust t {{\"Statement\":{statement}}}");
        claims(&BroadFederation, "2026-03-01", &text).len()
    };
    assert_eq!(saml("{}"), 1);
    assert_eq!(saml(r#"{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#), 0);
}
