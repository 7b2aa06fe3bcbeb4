use model::{Fact, Usage, Use};

use super::super::AwsIamConfig;
use super::super::fake::{self, Answer, Asked, Provider, Scanned, parameter};

const SCOPE: &str = "aws-global/iam:GetServiceLastAccessedDetails";

/// Four users, of whom `c` may do everything by a group and `b` by two policies, and a role that the
/// provider made.
fn account(asked: &Asked) -> Option<Answer> {
    let wide =
        "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%7D%7D";
    let user = |name: &str, rest: &str| {
        format!(
            "<member><Path>/</Path><UserName>{name}</UserName>\
             <Arn>arn:aws:iam::123456789012:user/{name}</Arn>{rest}</member>"
        )
    };
    let inline = |name: &str| {
        format!(
            "<member><PolicyName>{name}</PolicyName><PolicyDocument>{wide}</PolicyDocument></member>"
        )
    };
    match asked.api.as_str() {
        "GetAccountAuthorizationDetails" => {
            let list = match parameter(&asked.body, "Filter.member.1")?.as_str() {
                "Group" => format!(
                    "<GroupDetailList><member><Path>/</Path><GroupName>g</GroupName>\
                     <Arn>arn:aws:iam::123456789012:group/g</Arn><GroupPolicyList>{}\
                     </GroupPolicyList></member></GroupDetailList>",
                    inline("all")
                ),
                "User" => [
                    "<UserDetailList>",
                    &user("a", ""),
                    &user(
                        "b",
                        &format!("<UserPolicyList>{}{}</UserPolicyList>", inline("x"), inline("y")),
                    ),
                    &user("c", "<GroupList><member>g</member></GroupList>"),
                    &user("d", ""),
                    "</UserDetailList><RoleDetailList><member><RoleName>s</RoleName>\
                     <Path>/aws-service-role/x/</Path>\
                     <Arn>arn:aws:iam::123456789012:role/aws-service-role/x/s</Arn></member>\
                     </RoleDetailList>",
                ]
                .concat(),
                _ => return None,
            };
            Some(Answer::iam(&asked.api, &format!("{list}<IsTruncated>false</IsTruncated>")))
        }
        "GetServiceLastAccessedDetails" => Some(Answer::iam(
            &asked.api,
            "<JobStatus>COMPLETED</JobStatus><JobCreationDate>2026-02-01T00:00:00Z</JobCreationDate>\
             <JobCompletionDate>2026-02-01T00:00:00Z</JobCompletionDate><ServicesLastAccessed>\
             <member><ServiceName>S3</ServiceName><ServiceNamespace>s3</ServiceNamespace>\
             <LastAuthenticated>2026-01-02T03:04:05Z</LastAuthenticated></member>\
             <member><ServiceName>EC2</ServiceName><ServiceNamespace>ec2</ServiceNamespace>\
             </member></ServicesLastAccessed><IsTruncated>false</IsTruncated>",
        )),
        _ => None,
    }
}

/// The names of those whom a scan asked about, in order.
fn asked(scanned: &Scanned) -> String {
    let mut names = String::new();
    for asked in &scanned.asked {
        if asked.api == "GenerateServiceLastAccessedDetails" {
            names.extend(parameter(&asked.body, "Arn").unwrap().chars().next_back());
        }
    }
    names
}

fn with_calls(calls: u32) -> AwsIamConfig {
    AwsIamConfig { usage_calls_per_hour_max: Some(calls), ..AwsIamConfig::default() }
}

fn at(source: &mut super::super::AwsIam, now: &str) {
    source.clock =
        crate::clock::Clock::Manual(crate::clock::ManualClock::new(now.parse().unwrap()));
}

#[tokio::test]
async fn everybody_is_asked_and_what_was_not_used_is_told_since_when() {
    let scanned = fake::scan(AwsIamConfig::default(), account).await;
    assert_eq!(scanned.ending(SCOPE), "complete");
    let told: Vec<&Usage> = scanned
        .facts(SCOPE)
        .iter()
        .filter_map(|fact| if let Fact::Usage(usage) = fact { Some(usage) } else { None })
        .collect();
    assert_eq!(told.len(), 4);
    assert_eq!(told[0].identity.as_str(), "arn:aws:iam::123456789012:user/a");
    assert_eq!(told[0].services["s3"], Use::At("2026-01-02T03:04:05Z".parse().unwrap()));
    // 400 days before the first of February 2026, and from there the next first of a month.
    assert_eq!(told[0].services["ec2"], Use::NotSince("2025-01-01T00:00:00Z".parse().unwrap()));
}

#[tokio::test]
async fn the_most_powerful_are_asked_first_and_nothing_is_lost_until_all_were() {
    let provider = Provider::start(account).await;
    let mut source = fake::source(with_calls(4));
    let first = provider.scan(&source).await;
    assert_eq!((asked(&first).as_str(), first.facts(SCOPE).len()), ("bc", 2));
    assert_eq!(first.ending(SCOPE), "2 of 4 principals asked so far");
    assert_eq!(first.abandoned(), [SCOPE]);
    // The hour's calls are spent, and what is known is told again.
    let again = provider.scan(&source).await;
    assert_eq!((asked(&again).as_str(), again.facts(SCOPE).len()), ("", 2));
    at(&mut source, "2026-02-01T01:00:00Z");
    let second = provider.scan(&source).await;
    assert_eq!((asked(&second).as_str(), second.facts(SCOPE).len()), ("ad", 4));
    assert_eq!(second.ending(SCOPE), "complete");
    // A week later they are asked anew, and the scope stays whole meanwhile.
    at(&mut source, "2026-02-08T00:30:00Z");
    let third = provider.scan(&source).await;
    assert_eq!((asked(&third).as_str(), third.ending(SCOPE)), ("bc", "complete"));
    assert_eq!(third.facts(SCOPE).len(), 4);
}

#[tokio::test]
async fn an_hour_has_no_more_calls_than_the_settings_say_even_if_answers_are_slow() {
    let provider = Provider::start(|asked| match asked.api.as_str() {
        "GetServiceLastAccessedDetails" if asked.before % 3 < 2 => Some(Answer::iam(
            &asked.api,
            "<JobStatus>IN_PROGRESS</JobStatus><JobCreationDate>2026-02-01T00:00:00Z\
             </JobCreationDate><JobCompletionDate>2026-02-01T00:00:00Z</JobCompletionDate>\
             <ServicesLastAccessed/><IsTruncated>false</IsTruncated>",
        )),
        _ => account(asked),
    })
    .await;
    for calls in [0, 1, 2, 4, 7, 9, 100] {
        let scanned = provider.scan(&fake::source(with_calls(calls))).await;
        let made = scanned.asked.iter().filter(|it| it.api.contains("LastAccessed")).count();
        assert!(made <= usize::try_from(calls).unwrap(), "{made} of {calls}");
        let is_there = scanned.scopes.contains_key(SCOPE);
        assert_eq!(is_there, calls > 0);
        if is_there {
            assert_eq!(scanned.ending(SCOPE) == "complete", calls == 100, "{calls}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_has_never_heard_of_it_leaves_a_gap() {
    let html = "<!doctype html><html><title>500 Internal Server Error</title></html>";
    let scanned = fake::scan(AwsIamConfig::default(), move |asked| match asked.api.as_str() {
        "GenerateServiceLastAccessedDetails" => Some(Answer::error(500, html)),
        _ => account(asked),
    })
    .await;
    assert_eq!(scanned.abandoned(), [SCOPE]);
    assert_eq!(
        scanned.ending(SCOPE),
        "`iam:GenerateServiceLastAccessedDetails` failed: HTTP 500 with an answer that is not of \
         this API"
    );
}

#[tokio::test]
async fn somebody_who_is_gone_meanwhile_is_not_waited_for() {
    let scanned = fake::scan(AwsIamConfig::default(), |asked| match asked.api.as_str() {
        "GenerateServiceLastAccessedDetails" if asked.body.ends_with('b') => {
            Some(Answer::iam_error(404, "NoSuchEntity"))
        }
        _ => account(asked),
    })
    .await;
    assert_eq!((scanned.ending(SCOPE), scanned.facts(SCOPE).len()), ("complete", 3));
}

#[tokio::test]
async fn without_the_details_nobody_knows_whom_to_ask() {
    let scanned = fake::scan(AwsIamConfig::default(), |asked| match asked.api.as_str() {
        "GetAccountAuthorizationDetails" => Some(Answer::iam_error(403, "AccessDenied")),
        _ => None,
    })
    .await;
    assert!(scanned.ending(SCOPE).contains("whom to ask"), "{}", scanned.ending(SCOPE));
}
