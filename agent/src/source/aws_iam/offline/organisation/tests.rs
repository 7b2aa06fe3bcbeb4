use std::collections::BTreeMap;

use model::{Fact, GrantKind, IdentityKind};

use super::super::tests::{ACCOUNT, DETAILS, Heard, SMALL, folder, grants, identities, policies};

const OWN: &str = "aws_iam/999999990001/aws-global/organizations";
const ARN: &str = "arn:aws:organizations::999999990001:";

type Files = BTreeMap<&'static str, String>;

/// An organisation with a root, a unit in it, and an account in that, and one policy on each.
fn files() -> Files {
    let target = |sort: &str, id: &str| {
        format!(r#"{{"TargetId": "{id}", "Arn": "{ARN}{sort}/o-example/{id}", "Name": "n"}}"#)
    };
    let policy = |id: &str, sort: &str| {
        format!(
            r#"{{"Policy": {{"PolicySummary": {{"Id": "{id}", "Type": "{sort}",
                "Arn": "{ARN}policy/o-example/{sort}/{id}", "AwsManaged": false}},
                "Content": "{{\"Statement\":[]}}"}}}}"#
        )
    };
    let targets = [
        target("root", "r-exmp"),
        target("account", "123456789012"),
        target("account", "999999990001"),
    ];
    BTreeMap::from([
        ("details", SMALL.to_owned()),
        ("parents-123456789012.json", r#"{"Parents": [{"Id": "ou-exmp-unit0001"}]}"#.to_owned()),
        ("parents-ou-exmp-unit0001.json", r#"{"Parents": [{"Id": "r-exmp"}]}"#.to_owned()),
        ("p1", policy("p-service1", "SERVICE_CONTROL_POLICY")),
        ("p2", policy("p-resource", "RESOURCE_CONTROL_POLICY")),
        ("p3", policy("p-tagging1", "TAG_POLICY")),
        ("targets-p-service1.json", format!(r#"{{"Targets": [{}]}}"#, targets.join(","))),
        (
            "targets-p-resource.json",
            format!(r#"{{"Targets": [{}]}}"#, target("ou", "ou-exmp-unit0001")),
        ),
    ])
}

async fn hear(files: &Files) -> Heard {
    let files: Vec<(&str, &str)> = files.iter().map(|(name, it)| (*name, it.as_str())).collect();
    folder(&files).await
}

fn scope<'a>(heard: &'a Heard, api: &str) -> &'a (Vec<Fact>, String) {
    &heard.scopes[&format!("{OWN}:{api}")]
}

#[tokio::test]
async fn an_accounts_root_is_in_the_nodes_above_it_from_the_inside_out() {
    let heard = hear(&files()).await;
    let (facts, end) = scope(&heard, "ListParents");
    assert_eq!(end, "complete");
    let told = identities(facts);
    assert_eq!(told[0].id.as_str(), "arn:aws:iam::123456789012:root");
    let (unit, root) =
        (format!("{ARN}ou/o-example/ou-exmp-unit0001"), format!("{ARN}root/o-example/r-exmp"));
    let whole = format!("{ARN}organization/o-example");
    assert_eq!(told[0].groups, [&unit, &root, &whole].map(|it| it.as_str().into()));
    assert_eq!(told[0].details["management_account"], "999999990001");
    let units = told.iter().filter(|it| it.kind == IdentityKind::OrganisationalUnit);
    let units: Vec<&str> = units.map(|it| it.id.as_str()).collect();
    assert_eq!(units, [unit, root]);
    assert!(!heard.scopes.contains_key(&format!("aws_iam/999999990001/{DETAILS}")));
}

#[tokio::test]
async fn policies_hang_on_nodes_and_on_the_roots_of_accounts() {
    let heard = hear(&files()).await;
    let (facts, end) = scope(&heard, "ListTargetsForPolicy");
    assert_eq!(end, "complete");
    let told: Vec<(GrantKind, &str)> =
        grants(facts).iter().map(|it| (it.kind, it.holder.as_str())).collect();
    let (unit, root) =
        (format!("{ARN}ou/o-example/ou-exmp-unit0001"), format!("{ARN}root/o-example/r-exmp"));
    // What hangs on the management account holds nobody.
    assert_eq!(
        told,
        [
            (GrantKind::ResourceControl, unit.as_str()),
            (GrantKind::ServiceControl, "arn:aws:iam::123456789012:root"),
            (GrantKind::ServiceControl, root.as_str()),
        ]
    );
    let (facts, end) = scope(&heard, "DescribePolicy");
    assert_eq!(end, "complete");
    assert!(policies(facts).iter().any(|it| it.document == "{\"Statement\":[]}"));
}

#[tokio::test]
async fn nothing_stands_above_the_management_account() {
    let mut files = files();
    let own = SMALL.replace("123456789012", "999999990001");
    files.insert("own", own);
    let heard = hear(&files).await;
    let (facts, end) = scope(&heard, "ListParents");
    assert_eq!(end, "complete");
    let own = "arn:aws:iam::999999990001:root";
    let own = identities(facts).into_iter().find(|it| it.id.as_str() == own).unwrap();
    // Its number is in the organisation's.
    assert_eq!(own.groups, [format!("{ARN}organization/o-example").as_str().into()]);
}

/// A list of these accounts, and details of the one that is in it, or is not.
async fn listed(id: &str, more: &str) -> Heard {
    let account = format!(r#"{{"Id": "{id}", "Arn": "{ARN}account/o-example/{id}", "Name": "n"}}"#);
    let list = format!(r#"{{"Accounts": [{account}]{more}}}"#);
    folder(&[("details", SMALL), ("list-accounts", &list)]).await
}

#[tokio::test]
async fn a_list_of_accounts_tells_who_is_in_it_and_bounds_nobody() {
    let heard = listed("123456789012", "").await;
    let (facts, end) = scope(&heard, "ListAccounts");
    assert_eq!(end, "complete");
    let whole = format!("{ARN}organization/o-example");
    let told = identities(facts);
    assert_eq!((told[0].id.as_str(), told.len()), (whole.as_str(), 2));
    assert_eq!(told[1].groups, [whole.as_str().into()]);
    // Nobody printed what it lays down, so no verdict waits for that.
    assert!(!heard.scopes.contains_key(&format!("{OWN}:ListParents")));
    let heard = listed("210987654321", "").await;
    assert_eq!(identities(&scope(&heard, "ListAccounts").0).len(), 1);
    let heard = listed("210987654321", ", \"NextToken\": \"t\"").await;
    assert!(scope(&heard, "ListAccounts").1.contains("the last page is missing"));
}

#[tokio::test]
async fn whoever_asks_for_its_organisation_is_in_it() {
    let whole = format!(
        r#"{{"Organization": {{"Id": "o-example", "MasterAccountId": "999999990001",
            "Arn": "{ARN}organization/o-example"}}}}"#
    );
    let own = "aws-global/organizations:DescribeOrganization";
    let heard = folder(&[("details", SMALL), ("organisation", &whole)]).await;
    assert_eq!(heard.ending(own), "complete");
    let group = format!("{ARN}organization/o-example");
    assert_eq!(identities(heard.facts(own))[1].groups, [group.as_str().into()]);
    assert_eq!(heard.scopes.keys().filter(|it| it.contains("organizations:")).count(), 1);
    // Of two accounts, the one that the name says.
    let other = SMALL.replace("123456789012", "210987654321");
    let files = [("details", SMALL), ("other", &other), ("210987654321-organisation", &whole)];
    let heard = folder(&files).await;
    assert!(!heard.has(own));
    assert!(heard.scopes.contains_key(&format!("aws_iam/210987654321/{own}")));
}

#[tokio::test]
async fn an_account_outside_the_organisation_has_no_place_in_it() {
    let mut files = files();
    let members = [("123456789012", "a"), ("999999990001", "b")].map(|(id, name)| {
        format!(r#"{{"Id": "{id}", "Arn": "{ARN}account/o-example/{id}", "Name": "{name}"}}"#)
    });
    files.insert("list-accounts", format!(r#"{{"Accounts": [{}]}}"#, members.join(",")));
    files.insert("stranger", SMALL.replace("123456789012", "210987654321"));
    let heard = hear(&files).await;
    let (facts, end) = scope(&heard, "ListParents");
    assert_eq!(end, "complete");
    assert!(identities(facts).iter().all(|it| !it.id.as_str().contains("210987654321")));
}

#[tokio::test]
async fn what_is_missing_of_an_organisation_is_told() {
    for (file, api, why) in [
        ("parents-ou-exmp-unit0001.json", "ListParents", "--child-id ou-exmp-unit0001"),
        ("parents-123456789012.json", "ListParents", "--child-id 123456789012"),
        ("targets-p-service1.json", "ListTargetsForPolicy", "--policy-id p-service1"),
        ("p1", "DescribePolicy", "--policy-id p-service1"),
    ] {
        let mut files = files();
        files.remove(file);
        let heard = hear(&files).await;
        let (_, end) = scope(&heard, api);
        assert!(end.contains(why), "{file}: {end}");
        assert_eq!(heard.ending(DETAILS), "complete");
    }
}

#[tokio::test]
async fn a_print_that_does_not_say_what_it_is_about_is_told() {
    let mut files = files();
    let targets = files.remove("targets-p-service1.json").unwrap();
    files.insert("targets.json", targets);
    let heard = hear(&files).await;
    let (_, end) = scope(&heard, "ListTargetsForPolicy");
    assert!(end.contains("`targets.json`: ") && end.contains("into the file's name"), "{end}");
}

#[tokio::test]
async fn children_and_policies_of_a_target_tell_the_same_the_other_way_round() {
    let mut files = files();
    let around = hear(&files).await;
    files.remove("parents-123456789012.json");
    files.remove("parents-ou-exmp-unit0001.json");
    files.remove("targets-p-resource.json");
    let children = r#"{"Children": [{"Id": "123456789012", "Type": "ACCOUNT"}]}"#;
    files.insert("list-children-ou-exmp-unit0001.json", children.to_owned());
    let units = format!(
        r#"{{"OrganizationalUnits": [{{"Id": "ou-exmp-unit0001",
            "Arn": "{ARN}ou/o-example/ou-exmp-unit0001", "Name": "n"}}]}}"#
    );
    files.insert("units-of-r-exmp.json", units);
    let on_unit = format!(
        r#"{{"Policies": [{{"Id": "p-resource", "Type": "RESOURCE_CONTROL_POLICY",
            "Arn": "{ARN}policy/o-example/RESOURCE_CONTROL_POLICY/p-resource"}}]}}"#
    );
    files.insert("policies-on-ou-exmp-unit0001.json", on_unit);
    let heard = hear(&files).await;
    for api in ["ListParents", "ListTargetsForPolicy", "DescribePolicy"] {
        assert_eq!(scope(&heard, api).1, "complete", "{api}");
        assert_eq!(scope(&heard, api), scope(&around, api), "{api}");
    }
}

#[tokio::test]
async fn nodes_that_stand_above_each_other_come_to_an_end() {
    let mut files = files();
    let circle = r#"{"Parents": [{"Id": "ou-exmp-unit0001"}]}"#;
    files.insert("parents-ou-exmp-unit0001.json", circle.to_owned());
    let heard = hear(&files).await;
    let (_, end) = scope(&heard, "ListParents");
    assert!(end.contains("goes round in circles"), "{end}");
    assert!(heard.scopes.keys().any(|it| it.starts_with(ACCOUNT)));
}

#[test]
fn ids_are_read_from_the_end_of_a_files_name() {
    let node = |name: &str| super::part::node_of_name(name).unwrap_or_default();
    assert_eq!(node("organizations-list-parents-ou-exmp-workload1.json"), "ou-exmp-workload1");
    assert_eq!(node("organizations-list-parents-123456789012.json"), "123456789012");
    assert_eq!(node("list-children_r-exmp.json"), "r-exmp");
    assert_eq!(node("list-parents.json"), "");
    let policy = |name: &str| super::part::policy_of_name(name).unwrap_or_default();
    assert_eq!(
        policy("organizations-list-targets-for-policy-p-FullAWSAccess.json"),
        "p-FullAWSAccess"
    );
    assert_eq!(policy("list-targets-for-policy.json"), "");
}

#[tokio::test]
async fn policies_that_lie_beside_one_account_alone_hang_on_it_if_nobody_says_where() {
    let mut files = files();
    files.retain(|name, _| !name.starts_with("targets-") && !name.starts_with("parents-"));
    let heard = hear(&files).await;
    let (facts, end) = scope(&heard, "ListTargetsForPolicy");
    assert_eq!(end, "complete");
    let mut told: Vec<(&str, GrantKind)> =
        grants(facts).iter().map(|it| (it.holder.as_str(), it.kind)).collect();
    told.sort_unstable();
    let root = "arn:aws:iam::123456789012:root";
    assert_eq!(told, [(root, GrantKind::ServiceControl), (root, GrantKind::ResourceControl)]);
    let other = SMALL.replace("123456789012", "210987654321");
    files.insert("other", other);
    let (facts, end) = scope(&hear(&files).await, "ListTargetsForPolicy").clone();
    assert_eq!(grants(&facts).len(), 0);
    assert!(end.contains("no file holds"), "{end}");
}
