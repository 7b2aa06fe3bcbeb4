//! How many calls a scan makes of accounts of three sizes: the table in the manual is measured here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fake::{self, Answer, Asked, Provider, parameter};
use super::{AwsIamConfig, CALLS, DOC};

/// Users, each with one access key, and roles.
const ACCOUNTS: [(usize, usize); 3] = [(40, 60), (400, 600), (4_000, 6_000)];

/// For how many principals there is a policy of the account itself.
const PRINCIPALS_PER_POLICY: usize = 10;

/// An account of that size, paged as the provider pages.
fn account(users: usize, roles: usize) -> impl Fn(&Asked) -> Option<Answer> + Send + Sync {
    let policies = users.saturating_add(roles).div_euclid(PRINCIPALS_PER_POLICY);
    let row = |number: usize| {
        format!(
            "u{number},arn:aws:iam::123456789012:user/u{number},2024-01-01T00:00:00+00:00,false,\
             N/A,N/A,N/A,false,true,2024-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,\
             false,N/A,false,N/A\n"
        )
    };
    let report: Vec<String> = (0..users).map(row).collect();
    let report = report.concat();
    move |asked| match asked.api.as_str() {
        "GetCredentialReport" => Some(Answer::report(&report)),
        "GetAccountAuthorizationDetails" => {
            let first = parameter(&asked.body, "Filter.member.1").unwrap();
            let count = match first.as_str() {
                "User" => users.saturating_add(roles),
                "LocalManagedPolicy" => policies,
                _ => 0,
            };
            Some(details(asked, &first, count, users))
        }
        _ => None,
    }
}

/// One page of the account's details.
fn details(asked: &Asked, sort: &str, count: usize, users: usize) -> Answer {
    let number = |name: &str| parameter(&asked.body, name).map(|it| it.parse::<usize>().unwrap());
    let from = number("Marker").unwrap_or(0);
    let to = count.min(from.saturating_add(number("MaxItems").unwrap()));
    let member = |number: usize| match sort {
        "User" if number < users => (
            "UserDetailList",
            format!(
                "<UserName>u{number}</UserName><Arn>arn:aws:iam::123456789012:user/u{number}</Arn>"
            ),
        ),
        "User" => (
            "RoleDetailList",
            format!(
                "<RoleName>r{number}</RoleName><Arn>arn:aws:iam::123456789012:role/r{number}</Arn>"
            ),
        ),
        _ => ("Policies", format!("<Arn>arn:aws:iam::123456789012:policy/p{number}</Arn>")),
    };
    let mut lists: BTreeMap<&str, String> = BTreeMap::new();
    for number in from..to {
        let (list, text) = member(number);
        let texts = lists.entry(list).or_default();
        texts.extend(["<member>", &text, "</member>"]);
    }
    let lists: Vec<String> =
        lists.iter().map(|(name, text)| format!("<{name}>{text}</{name}>")).collect();
    let lists = lists.concat();
    let more = if to < count {
        format!("<IsTruncated>true</IsTruncated><Marker>{to}</Marker>")
    } else {
        "<IsTruncated>false</IsTruncated>".to_owned()
    };
    Answer::iam(&asked.api, &format!("{lists}{more}"))
}

#[tokio::test]
async fn the_table_of_costs_in_the_manual_is_what_scans_cost() {
    let mut counts: Vec<BTreeMap<String, usize>> = Vec::new();
    for (users, roles) in ACCOUNTS {
        let scanned = fake::scan(AwsIamConfig::default(), account(users, roles)).await;
        // What everybody made use of takes more than one hour's calls to learn.
        let uses = "aws-global/iam:GetServiceLastAccessedDetails";
        assert!(scanned.abandoned().iter().all(|scope| *scope == uses));
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for asked in &scanned.asked {
            *count.entry(asked.api.clone()).or_default() += 1;
        }
        let sum: usize = count.values().sum();
        assert_eq!(usize::try_from(scanned.end.unwrap()).unwrap(), sum);
        counts.push(count);
    }
    let of = |api: &str| -> Vec<usize> {
        counts.iter().map(|count| count.get(api).copied().unwrap_or(0)).collect()
    };
    let row = |name: &str, counts: &[usize]| {
        let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
        format!("| {name} | {} |\n", counts.join(" | "))
    };
    let mut table = String::from("| calls | 100 | 1000 | 10000 |\n|---|---|---|---|\n");
    let mut rest = vec![0; ACCOUNTS.len()];
    let mut seen: Vec<&str> = Vec::new();
    for call in CALLS {
        let counts = of(call.api);
        // Two services may have an API of the same name.
        if seen.contains(&call.api) {
            continue;
        }
        seen.push(call.api);
        if counts.first() == counts.last() {
            for (rest, count) in rest.iter_mut().zip(counts) {
                *rest += count;
            }
        } else {
            table.push_str(&row(&format!("`{call}`"), &counts));
        }
    }
    table.push_str(&row("all others, for one region in which nothing runs", &rest));
    let sums: Vec<usize> = counts.iter().map(|count| count.values().sum()).collect();
    table.push_str(&row("**together**", &sums));
    assert!(DOC.contains(&table), "put this into the manual:\n{table}");
}

#[tokio::test]
async fn two_sources_of_one_account_spend_one_budget() {
    let provider = Provider::start(|_| None).await;
    let first = fake::source(AwsIamConfig::default());
    let mut second = fake::source(AwsIamConfig::default());
    second.budgets = Arc::clone(&first.budgets);
    let calls =
        provider.scan(&first).await.end.unwrap() + provider.scan(&second).await.end.unwrap();
    let budget = first.budgets.of("aws:123456789012", first.limits);
    assert_eq!(budget.calls(), calls);
}
