"""Families about the sets of actions themselves: held whole, one missing, split, nothing to work upon."""

import json
import pathlib

import listings
from accounts import LOGS, SERVICES, Account, Case, allow, deny, document, trust, trust_service

SETS = {
    row["n"]: row["actions"]
    for row in map(json.loads, (pathlib.Path(__file__).parent / "sets.jsonl").read_text().splitlines())
}

# The service through which each set runs, and whether it works upon a thing that is there already.
RUNS = {}
for numbers, service in (
    ((1, 2), "apprunner"), ((3, 4, 5, 28, 34, 35, 36, 37, 38, 39, 40, 84, 102, 103), "ec2"),
    ((6, 7, 41, 42, 43, 44, 45, 46, 47, 48, 49), "ecs-tasks"), (range(8, 15), "bedrock-agentcore"),
    ((15,), "braket"), (range(16, 22), "cloudformation"), (range(22, 28), "codebuild"), ((29,), "codestar"),
    ((30,), "cognito-identity"), ((31, 32), "datapipeline"), ((33, *range(86, 95)), "lambda"),
    ((50,), "elasticmapreduce"), ((51,), "emr-serverless"), ((52,), "gamelift"), (range(53, 60), "glue"),
    ((85,), "kinesisanalytics"), ((95,), "omics"), (range(96, 101), "sagemaker"), ((101,), "scheduler"),
    ((104,), "ssm"), ((108, 109), "states"),
):
    for n in numbers:
        RUNS[n] = service
EXISTING = {1, 3, 6, 8, 9, 10, 16, 17, 22, 23, 28, 34, 35, 39, 41, 53, 86, 87, 89, 90, 96, 100, 102, 103, 108}

# Which one action to leave out, chosen so that nothing else in the list of sets is left and so that
# no other way is known. A set of one action is left with reading.
LEFT_OUT = {
    2: (0, 1), 4: (1,), 5: (0, 2), 7: (2,), 9: (0,), 10: (0,), 11: (1,), 12: (2,), 13: (4,), 14: (6,), 15: (0, 1),
    17: (0, 1), 18: (0, 1), 19: (1,), 20: (1,), 21: (1, 2), 24: (2,), 25: (2,), 26: (1,), 27: (1,),
    28: (0,), 29: (0, 1), 30: (0, 1), 31: (0, 1), 32: (0,), 33: (0,), 34: (0,), 35: (0,), 36: (0, 1), 37: (0, 1),
    39: (0,), 40: (0, 1), 41: (1,), 42: (0, 1), 43: (0, 1), 44: (1, 2), 45: (2,), 46: (2,), 47: (2, 3), 48: (3,),
    49: (3,), 50: (0, 1), 51: (0, 2), 52: (0, 2), 54: (0, 1), 55: (0, 1, 2), 56: (0, 2), 57: (0, 2), 58: (2,),
    59: (0,), 84: (0, 2), 85: (0, 1, 2), 88: (0, 1), 89: (1,), 90: (1,), 91: (0, 2), 92: (0, 2), 93: (0, 1),
    95: (0, 2), 97: (0, 1), 98: (0, 1), 99: (0, 1), 100: (0, 1, 3), 101: (0, 1), 104: (0, 2), 108: (1,),
    109: (0, 1, 2),
}
# Leaving one out leaves a smaller set of the list whole.
SMALLER = {7: (1, [6]), 12: (1, [10]), 26: (0, [22]), 45: (1, [42]), 46: (1, [43]), 94: (0, [86, 87]), 38: (1, [37])}

LATER = "Somebody else may start a build of the changed project later."
DOUBTS = {
    29: "AWS CodeStar projects were closed in 2024, so the call may no longer be possible.",
    31: "AWS Data Pipeline is closed to new customers; the facts list the set without an activation.",
    32: "AWS Data Pipeline is closed to new customers.",
    52: "GameLift needs a role that trusts gamelift.amazonaws.com; fleets and builds were not tried.",
    88: "Somebody or something must invoke the new function; the facts list the set without an invocation.",
    89: "AddPermission lets another account or service invoke the function; the facts list the set.",
    105: "Identity Center may need sso:ProvisionPermissionSet as well before the change reaches the role.",
    106: "Identity Center may need sso:ProvisionPermissionSet as well before the change reaches the role.",
    107: "Identity Center may need a login of an Identity Center user whom the principal controls.",
}


def held(n):
    return sorted(m for m, actions in SETS.items() if set(actions) <= set(SETS[n]) and m not in (60, 69))


def compute_runners(account, services=None):
    for service in services or SERVICES:
        account.runner(service)
    if services is None or "cloudformation" in services:
        account.admin_role("AWSCloudFormationStackSetExecutionRole", account.trust_roles("runner-cloudformation"))
    if services is None or "cognito-identity" in services:
        account.admin_role(
            "runner-cognito-identity",
            trust(
                {"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity",
                {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:00000000-0000-0000-0000-000000000001"}},
            ),
        )


def either(account, number, name, *args, **more):
    """Users and roles in turn, so that both kinds are covered."""
    (account.user if number % 2 else account.role)(name, *args, **more)


def sets_compute():
    account = Account("111122223333")
    account.admin_user()
    compute_runners(account)
    for n, service in sorted(RUNS.items()):
        if n in EXISTING:
            why = f"Set {n}: may change or enter a thing of {service} that runs as a role, and a stronger role trusts that service."
        else:
            why = f"Set {n}: may pass a stronger role to {service}, whose service that role trusts, and may start something there."
        either(account, n, f"set-{n:03}", "escalates", why, held(n), inline=[allow(SETS[n])], doubt=DOUBTS.get(n))
    return Case("sets", "compute_without_listings", account)


def sets_listed():
    account = Account("111122223344")
    account.admin_user()
    compute_runners(account, listings.ALL)
    listings.add(account, lambda service: f"runner-{service}")
    for n in sorted(EXISTING):
        if RUNS[n] not in listings.ALL or n in (3, 6, 28, 35):
            continue
        why = f"Set {n}: a thing of {RUNS[n]} is listed that runs as an administrator role, and the principal may change or enter it."
        either(account, n + 1, f"listed-{n:03}", "escalates", why, held(n), inline=[allow(SETS[n])], doubt=DOUBTS.get(n))
    for n in (42, 43):
        either(
            account, n, f"listed-{n:03}", "escalates",
            f"Set {n}: a task definition is there, and the call may name another task role that may be passed.",
            [n], inline=[allow(SETS[n])],
        )
    return Case("sets", "compute_with_listings", account)


def sets_iam_users():
    a = Account("111122224444")
    a.admin_user("break-glass", keys=1, password=False)
    a.admin_user("owner", keys=2, password=True)
    a.admin_role("admin-by-idp")
    a.admin_role("admin-by-root", a.trust_root())
    a.group("admins", attached=["aws:AdministratorAccess"])
    a.group("builders")
    a.policy("own-067", allow(SETS[67]))
    a.policy("own-073", versions={"v1": [allow("*")], "v2": [allow(SETS[73])]}, default="v2")
    a.policy("limit-068", allow(["iam:DeleteUserPermissionsBoundary", *LOGS]))

    def one(n, why, sets=None, **more):
        more.setdefault("inline", [allow(SETS[n])])
        a.user(f"set-{n:03}", "escalates", f"Set {n}: {why}", sets or [n], **more)

    one(60, "iam:* includes putting a policy on oneself.", [60, 64, 72])
    one(61, "AddUserToGroup adds the user itself to the group of administrators.")
    one(62, "AttachGroupPolicy attaches any policy to the group that the user is in.", groups=["builders"])
    one(64, "AttachUserPolicy attaches any policy to the user itself.")
    one(65, "CreateAccessKey makes a key for the administrator who has only one.")
    one(66, "CreateLoginProfile gives a password to the administrator who has none.")
    one(67, "CreatePolicyVersion writes a new default version of the policy attached to the user.",
        inline=None, attached=["own-067"])
    one(68, "DeleteUserPermissionsBoundary takes off the boundary that alone keeps the user small.",
        inline=[allow("*")], boundary="limit-068")
    one(69, "iam:Put* includes PutUserPolicy on oneself.", [69, 72])
    one(70, "PutGroupPolicy writes any policy into the group that the user is in.", groups=["builders"])
    one(72, "PutUserPolicy writes any policy into the user itself.")
    one(73, "SetDefaultPolicyVersion makes the older version that allows all the default.",
        inline=None, attached=["own-073"])
    one(74, "UpdateAssumeRolePolicy makes an administrator role trust the user by name, which is enough in the same account.")
    one(75, "UpdateLoginProfile sets the password of the administrator who has one.")
    one(76, "CreateRole makes a role that trusts the user, AttachRolePolicy makes it an administrator.")
    one(77, "UpdateAssumeRolePolicy opens a role and AttachRolePolicy fills it.", [74, 77])
    one(78, "AttachUserPolicy works upon the user itself.", [64, 65, 78])
    one(79, "CreateAccessKey makes a key for the administrator, DeleteAccessKey makes room where there are two.", [65, 79])
    one(80, "PutUserPolicy works upon the user itself.", [65, 72, 80])
    one(81, "UpdateAssumeRolePolicy opens an administrator role.", [74, 81])
    one(82, "CreateRole makes a role that trusts the user, PutRolePolicy makes it an administrator.")
    one(83, "UpdateAssumeRolePolicy opens a role and PutRolePolicy fills it.", [74, 83])
    one(110, "an administrator role trusts the account, and the user may call sts:AssumeRole.")
    one(115, "UpdateAssumeRolePolicy opens an administrator role.", [74, 110, 115])
    return Case("sets", "iam_users", a)


def sets_iam_roles():
    a = Account("111122225555")
    a.admin_user("break-glass", keys=1, password=False)
    a.admin_user("owner", keys=2, password=True)
    a.admin_role("admin-by-idp")
    a.policy("own-067", allow(SETS[67]))
    a.policy("own-073", versions={"v1": [allow(SETS[73])], "v2": [allow("iam:*")]}, default="v1")
    a.policy("shared-112", allow(LOGS))
    a.policy("limit-113", allow(LOGS))
    a.role("open-attach", "no", "May only write logs.", inline=[allow(LOGS)], trust=a.trust_root())
    a.role("open-version", "no", "May only write logs.", attached=["shared-112"], trust=a.trust_root())
    a.role("open-bounded", "no", "The boundary leaves only logs of all that the policy allows.",
           inline=[allow("*")], boundary="limit-113", trust=a.trust_root())

    def one(n, why, sets=None, kind="role", **more):
        more.setdefault("inline", [allow([*SETS[n], *LOGS])])
        (a.role if kind == "role" else a.user)(f"set-{n:03}-{kind}", "escalates", f"Set {n}: {why}", sets or [n], **more)

    one(60, "iam:* includes putting a policy on oneself.", [60, 63, 71])
    one(63, "AttachRolePolicy attaches any policy to the role itself.")
    one(69, "iam:Put* includes PutRolePolicy on oneself.", [69, 71])
    one(71, "PutRolePolicy writes any policy into the role itself.")
    one(65, "CreateAccessKey makes a key for the administrator who has only one.")
    one(66, "CreateLoginProfile gives a password to the administrator who has none.")
    one(67, "CreatePolicyVersion writes a new default version of the policy attached to the role.",
        inline=None, attached=["own-067"])
    one(73, "SetDefaultPolicyVersion makes the version that allows all of IAM the default.", inline=None, attached=["own-073"])
    one(74, "UpdateAssumeRolePolicy makes an administrator role trust this role by name.")
    one(75, "UpdateLoginProfile sets the password of the administrator who has one.")
    one(76, "CreateRole makes a role that trusts this role, AttachRolePolicy makes it an administrator.", [63, 76])
    one(78, "AttachUserPolicy fills a user, CreateAccessKey makes a key for it.", [65, 78])
    one(79, "CreateAccessKey makes a key for the administrator.", [65, 79])
    one(80, "PutUserPolicy fills a user, CreateAccessKey makes a key for it.", [65, 80])
    one(82, "CreateRole makes a role that trusts this role, PutRolePolicy makes it an administrator.", [71, 82])
    one(111, "a role trusts the account; AttachRolePolicy fills it and AssumeRole enters it.", kind="user")
    one(112, "a role trusts the account; CreatePolicyVersion fills its policy and AssumeRole enters it.", kind="user")
    one(113, "a role trusts the account and only its boundary keeps it small; it is taken off, then entered.", kind="user")
    one(114, "a role trusts the account; PutRolePolicy fills it and AssumeRole enters it.", kind="user")
    one(115, "UpdateAssumeRolePolicy opens an administrator role.", [74, 115], kind="user")
    a.role("open-063", "no", "May only write logs.", inline=[allow(LOGS)], trust=a.trust_users("set-063-user"))
    a.role("open-071", "no", "May only write logs.", inline=[allow(LOGS)], trust=a.trust_users("set-071-user"))
    one(63, "AttachRolePolicy fills the role that trusts the user by name, which is enough in the same account.", kind="user")
    one(71, "PutRolePolicy fills the role that trusts the user by name, which is enough in the same account.", kind="user")
    return Case("sets", "iam_roles", a)


def sets_identity_center():
    a = Account("111122226666")
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"
    entry = trust(
        {"Federated": a.arn("saml-provider/AWSSSO_0000000000000000_DO_NOT_DELETE")},
        ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    )
    a.role("AWSReservedSSO_AdministratorAccess_0000000000000001", "administrator",
           "AdministratorAccess allows every action on every resource.",
           attached=["aws:AdministratorAccess"], trust=entry, path=path)
    for n, why in (
        (105, "attaches any managed policy to the permission set that it came in by."),
        (106, "writes any policy into the permission set that it came in by."),
        (107, "makes a permission set with any policy and assigns it."),
    ):
        a.role(f"AWSReservedSSO_Set{n}_000000000000000{n - 100}", "escalates", f"Set {n}: {why}",
               [105, 107] if n == 107 else [n],
               inline={"AwsSSOInlinePolicy": document(allow(SETS[n]))}, trust=entry, path=path, doubt=DOUBTS[n])
    a.role("AWSReservedSSO_Viewer_0000000000000004", "no", "May only read in Identity Center.",
           inline={"AwsSSOInlinePolicy": document(allow(["sso:List*", "sso:Describe*"]))}, trust=entry, path=path)
    return Case("sets", "identity_center", a)


def reading(action):
    service = action.split(":")[0]
    return {"sts": "sts:GetCallerIdentity", "apprunner": "apprunner:ListServices"}.get(service, f"{service}:List*")


def missing_compute():
    a = Account("222233331111")
    a.admin_user()
    compute_runners(a)
    for n, places in sorted(LEFT_OUT.items()):
        for place in places:
            gone = SETS[n][place]
            left = [action for action in SETS[n] if action != gone]
            assert not any(set(actions) <= set(left) for actions in SETS.values()), (n, gone)
            either(a, n + place, f"lacks-{n:03}-{place}", "no",
                   f"Holds set {n} but for {gone}, which nothing allows, and no smaller set is left.", [], inline=[allow(left)], doubt=LATER if n in (26, 27) else None)
    return Case("missing_action", "compute", a)


def missing_smaller():
    a = Account("222233332222")
    a.admin_user()
    compute_runners(a)
    for n, (place, sets) in sorted(SMALLER.items()):
        left = [action for action in SETS[n] if action != SETS[n][place]]
        either(a, n, f"keeps-{n:03}", "escalates",
               f"Lacks {SETS[n][place]} of set {n}, but the smaller set {sets[0]} is still whole.", sets, inline=[allow(left)])
    for n, actions in sorted(SETS.items()):
        if len(actions) == 1 and n not in (60, 69, 105, 106):
            either(a, n, f"reads-{n:03}", "no", f"Only reads where set {n} would write.", [], inline=[allow(reading(actions[0]))])
    for n in (60, 69, 105, 106):
        a.user(f"reads-{n:03}", "no", f"Only reads where set {n} would write.", [], inline=[allow(reading(SETS[n][0]))])
    return Case("missing_action", "single_and_smaller", a)


def missing_iam():
    """Every user has two keys and a password, no role trusts anybody here, no managed policy may be written."""
    a = Account("222233333333")
    a.key_default = 2
    a.admin_user(keys=2, password=True)
    a.admin_role("admin-by-idp")
    why = "Holds set {} but for {}, and what is left reaches nothing: no role here can be entered and every user has two keys."
    for n, gone, kind in (
        (76, "iam:AttachRolePolicy", "user"), (76, "iam:CreateRole", "user"), (77, "iam:UpdateAssumeRolePolicy", "user"),
        (78, "iam:AttachUserPolicy", "user"), (78, "iam:CreateAccessKey", "role"), (79, "iam:DeleteAccessKey", "user"),
        (79, "iam:CreateAccessKey", "role"), (80, "iam:CreateAccessKey", "role"), (80, "iam:PutUserPolicy", "user"),
        (81, "iam:UpdateAssumeRolePolicy", "user"), (82, "iam:PutRolePolicy", "user"), (82, "iam:CreateRole", "user"),
        (83, "iam:UpdateAssumeRolePolicy", "user"), (111, "iam:AttachRolePolicy", "user"), (111, "sts:AssumeRole", "user"),
        (112, "iam:CreatePolicyVersion", "role"), (112, "sts:AssumeRole", "user"),
        (113, "iam:DeleteRolePermissionsBoundary", "user"), (113, "sts:AssumeRole", "role"),
        (114, "iam:PutRolePolicy", "user"), (114, "sts:AssumeRole", "user"), (115, "iam:UpdateAssumeRolePolicy", "user"),
    ):
        left = [action for action in SETS[n] if action != gone]
        name = f"lacks-{n:03}-{gone.split(':')[1]}-{kind}"
        (a.user if kind == "user" else a.role)(name, "no", why.format(n, gone), [], inline=[allow(left)])
    for n, gone in ((77, "iam:AttachRolePolicy"), (81, "iam:CreatePolicyVersion"), (83, "iam:PutRolePolicy"), (115, "sts:AssumeRole")):
        left = [action for action in SETS[n] if action != gone]
        a.user(f"keeps-{n:03}", "escalates", f"Lacks {gone} of set {n}, but set 74 is still whole.", [74], inline=[allow(left)])
    a.user("lacks-107", "no", "May not assign the permission set that it may make, and is not from Identity Center itself.", [],
           inline=[allow(["sso:AttachManagedPolicyToPermissionSet", "sso:CreatePermissionSet"])],
           doubt="Set 105 is whole; a person behind the user might hold a permission set of their own.")
    return Case("missing_action", "iam", a)


def split():
    a = Account("333311112222")
    a.admin_user()
    compute_runners(a, ("lambda", "ec2", "glue", "cloudformation", "codebuild", "sagemaker", "scheduler"))
    a.policy("passing", allow("iam:PassRole"))
    a.policy("lambda-half", allow(["lambda:CreateFunction", "lambda:InvokeFunction"]))
    a.policy("ec2-half", allow("ec2:RunInstances"))
    a.policy("glue-create", allow("glue:CreateJob"))
    a.policy("glue-start", allow("glue:StartJobRun"))
    a.policy("nobody-passing", allow("iam:PassRole"))
    a.group("passers", attached=["passing"])
    a.group("lambda-makers", attached=["lambda-half"])
    a.group("ec2-makers", inline=[allow("ec2:RunInstances")])
    a.group("empty-group")
    lam, pas = [88, 93], allow("iam:PassRole")
    why = "The whole set is held over all its policies together: "
    a.user("two-managed", "escalates", why + "two managed policies.", lam, attached=["passing", "lambda-half"])
    a.user("two-inline", "escalates", why + "two inline policies.", lam,
           inline={"one": document(pas), "two": document(allow(["lambda:CreateFunction", "lambda:InvokeFunction"]))})
    a.user("inline-managed", "escalates", why + "one inline, one managed.", [37], inline=[pas], attached=["ec2-half"])
    a.user("user-group", "escalates", why + "its own and its group's.", lam, inline=[pas], groups=["lambda-makers"])
    a.user("two-groups", "escalates", why + "two groups.", lam, groups=["passers", "lambda-makers"])
    a.user("group-inline", "escalates", why + "its own and the inline policy of its group.", [37], attached=["passing"], groups=["ec2-makers"])
    a.user("three-ways", "escalates", why + "inline, managed and group.", [56], inline=[allow("glue:StartJobRun")],
           attached=["glue-create"], groups=["passers"])
    a.user("two-statements", "escalates", why + "two statements of one policy.", [56],
           inline=[pas, allow(["glue:CreateJob", "glue:StartJobRun"])])
    a.role("role-two-managed", "escalates", why + "two managed policies.", lam, attached=["passing", "lambda-half"])
    a.role("role-inline-managed", "escalates", why + "one inline, one managed.", [37], inline=[pas], attached=["ec2-half"])
    a.role("role-three", "escalates", why + "three managed policies.", [56], attached=["passing", "glue-create", "glue-start"])
    a.role("role-two-inline", "escalates", why + "two inline policies.", [101],
           inline={"one": document(pas), "two": document(allow("scheduler:CreateSchedule"))})
    a.user("half-lambda", "no", "The other half is in a policy that is attached to others only.", [], attached=["lambda-half"])
    a.user("half-passing", "no", "PassRole alone starts nothing.", [], attached=["passing"])
    a.user("half-group", "no", "Its group gives one half, nothing gives the other.", [], groups=["lambda-makers"])
    a.user("half-ec2-group", "no", "Its group gives RunInstances, nothing gives PassRole.", [], groups=["ec2-makers", "empty-group"])
    a.user("wrong-halves", "no", "PassRole and a half of set 56: StartJobRun is missing.", [], groups=["passers"], attached=["glue-create"])
    a.user("unmatched-halves", "no", "StartJobRun and RunInstances without PassRole.", [], inline=[allow("ec2:RunInstances")], attached=["glue-start"])
    a.role("role-half-lambda", "no", "A role is in no group, so the other half is nowhere.", [], attached=["lambda-half"])
    a.role("role-half-passing", "no", "PassRole alone starts nothing.", [], attached=["passing"])
    a.role("role-half-glue", "no", "CreateJob and StartJobRun without PassRole.", [], attached=["glue-create", "glue-start"])
    a.role("role-half-schedule", "no", "CreateSchedule without PassRole.", [], inline=[allow("scheduler:CreateSchedule")])
    return Case("split", "halves", a)


def missing_step():
    out = []
    # Listings are there and empty.
    a = Account("444411110001")
    a.admin_user()
    compute_runners(a, listings.ALL)
    listings.add(a, lambda service: None)
    for n in (16, 17, 22, 23, 34, 39, 41, 53, 86, 87, 89, 90, 96, 100, 102, 103):
        either(a, n, f"none-{n:03}", "no", f"Set {n} works upon something of {RUNS[n]} that is there, and the listing shows none.",
               [], inline=[allow(SETS[n])])
    a.user("none-042", "no", "Set 42 needs a task definition, and the listing shows none.", [], inline=[allow(SETS[42])])
    a.user("makes-093", "escalates", "Set 93 makes its own function, so an empty listing does not matter.", [88, 93], inline=[allow(SETS[93])])
    a.user("makes-024", "escalates", "Set 24 makes its own project, so an empty listing does not matter.", [24], inline=[allow(SETS[24])])
    a.user("makes-045", "escalates", "Set 45 makes its own task definition.", [45], inline=[allow(SETS[45])])
    a.role("makes-037", "escalates", "Set 37 starts its own instance with the instance profile that is there.", [37], inline=[allow(SETS[37])])
    out.append(Case("missing_step", "listings_empty", a))

    # The listed things run as weak roles, although stronger roles trust the services.
    a = Account("444411110002")
    a.admin_user()
    compute_runners(a, listings.ALL)
    for service in listings.ALL:
        a.weak_role(service)
    listings.add(a, lambda service: f"logger-{service}")
    for n in (16, 17, 22, 23, 34, 39, 41, 53, 86, 87, 89, 90, 96, 100):
        either(a, n, f"weak-{n:03}", "no", f"Set {n}: the only thing of {RUNS[n]} that is there runs as a role that may do nothing more.",
               [], inline=[allow([*SETS[n], *LOGS])])
    for n in (42, 43):
        either(a, n, f"other-{n:03}", "escalates", f"Set {n}: the call may name a stronger task role in place of the weak one.",
               [n], inline=[allow([*SETS[n], *LOGS])])
    a.user("rebuild-026", "escalates", "Set 26: may give the project a stronger role.", [26], inline=[allow([*SETS[26], *LOGS])])
    a.user("restack-019", "escalates", "Set 19: may give the stack a stronger role.", [19], inline=[allow([*SETS[19], *LOGS])])
    out.append(Case("missing_step", "listings_weak", a))

    # No listing, and no role trusts the service.
    a = Account("444411110003")
    a.admin_user()
    a.admin_role("admin-by-idp")
    for n in (1, 2, 6, 8, 10, 16, 18, 22, 24, 34, 36, 37, 39, 41, 45, 50, 53, 54, 56, 86, 87, 88, 93, 96, 97, 101, 102, 103, 104, 108, 109):
        either(a, n, f"untrusted-{n:03}", "no", f"Set {n}: no role in the account trusts the service of {RUNS[n]}.", [], inline=[allow(SETS[n])])
    out.append(Case("missing_step", "no_role_trusts", a))

    # Instance profiles, ssm channels, groups.
    a = Account("444411110004")
    a.admin_user(keys=2, password=True)
    a.key_default = 2
    a.admin_role("bare-ec2", trust_service("ec2"))
    a.user("run-only", "no", "RunInstances takes an instance profile, and none holds the stronger role.", [], inline=[allow(SETS[37])])
    a.user("make-profile", "escalates", "Set 40: may make the instance profile that is missing.", [40], inline=[allow(SETS[40])])
    a.user("add-only", "no", "May add a role to an instance profile, but there is none and it may make none.", [],
           inline=[allow(["iam:PassRole", "ec2:RunInstances", "iam:AddRoleToInstanceProfile"])])
    a.user("create-only", "no", "May make an instance profile, but may not put the role in.", [],
           inline=[allow(["iam:PassRole", "ec2:RunInstances", "iam:CreateInstanceProfile"])])
    a.role("spot-only", "no", "A spot request takes an instance profile, and none holds the stronger role.", [], inline=[allow(SETS[36])])
    a.user("attach-group-no-group", "no", "AttachGroupPolicy: there is no group at all.", [], inline=[allow(SETS[62])])
    a.user("put-group-no-group", "no", "PutGroupPolicy: there is no group at all.", [], inline=[allow(SETS[70])])
    a.user("add-no-group", "no", "AddUserToGroup: there is no group at all.", [], inline=[allow(SETS[61])])
    a.role("put-user-role", "no", "A role can put policies on users but has no way into any of them.", [], inline=[allow(SETS[72])])
    a.role("attach-user-role", "no", "A role can attach policies to users but has no way into any of them.", [], inline=[allow(SETS[64])])
    a.user("put-role-user", "no", "A user can put policies on roles but can enter none.", [], inline=[allow(SETS[71])])
    a.user("attach-role-user", "no", "A user can attach policies to roles but can enter none.", [], inline=[allow(SETS[63])])
    a.user("unbound-none", "no", "DeleteUserPermissionsBoundary: the user has no boundary.", [], inline=[allow(SETS[68])])
    a.user("unbound-role-none", "no", "No role has a boundary.", [], inline=[allow(SETS[113])])
    out.append(Case("missing_step", "profiles_and_groups", a))

    a = Account("444411110005")
    a.admin_user()
    a.group("admins", attached=["aws:AdministratorAccess"])
    a.group("writers", inline=[allow(LOGS)])
    a.user("attach-not-member", "no", "May attach policies to groups, but is in none and may join none.", [], inline=[allow(SETS[62])])
    a.user("put-not-member", "no", "May write policies into groups, but is in none and may join none.", [], inline=[allow(SETS[70])])
    a.user("attach-member", "escalates", "May attach any policy to the group that it is in.", [62], inline=[allow(SETS[62])], groups=["writers"])
    a.user("put-member", "escalates", "May write any policy into the group that it is in.", [70], inline=[allow(SETS[70])], groups=["writers"])
    a.user("attach-other", "no", "May attach policies to a group that it is not in only.", [],
           inline=[allow(SETS[62], a.arn("group/admins"))], groups=["writers"])
    a.user("join-weak", "no", "May join only the group that gives what it has already.", [],
           inline=[allow("iam:AddUserToGroup", a.arn("group/writers")), allow(LOGS)])
    a.user("join-admins", "escalates", "May join the group of administrators.", [61], inline=[allow(SETS[61], a.arn("group/admins"))])
    a.role("join-role", "no", "Roles cannot be members of groups.", [], inline=[allow(SETS[61])])
    a.role("attach-role", "no", "Roles cannot be members of groups, so a group's policy gives a role nothing.", [], inline=[allow(SETS[62])])
    a.role("put-role", "no", "Roles cannot be members of groups, so a group's policy gives a role nothing.", [], inline=[allow(SETS[70])])
    a.user("join-and-attach", "escalates", "May join a group and attach any policy to it.", [61, 62],
           inline=[allow(["iam:AddUserToGroup", "iam:AttachGroupPolicy"], a.arn("group/writers"))])
    out.append(Case("missing_step", "groups", a))

    # Systems Manager needs an instance whose role may open channels.
    channels = ["ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
    strong = ["s3:*", "dynamodb:*", "kms:Decrypt"]
    for number, (name, inline, verdict, why) in enumerate((
        ("ssm_channels", [allow(strong), allow(channels)], "escalates", "the listed instance runs as a stronger role that may open channels."),
        ("ssm_no_channels", [allow(strong)], "no", "the role of the only instance may not open ssmmessages channels."),
        ("ssm_channels_denied", [allow(strong), allow("ssmmessages:*"), deny("ssmmessages:*")], "no",
         "the role of the only instance is denied the ssmmessages channels."),
        ("ssm_no_profile", [allow(strong), allow(channels)], "no", "the only instance has no instance profile."),
    )):
        a = Account(f"44441111001{number}")
        a.admin_user()
        a.role("host", "no", "May read and write data, and nothing lets it gain more.", inline=inline,
               trust=trust_service("ec2"), profile=True)
        a.listing("ec2-describe-instances", listings.instances(a, None if name == "ssm_no_profile" else "host"))
        sets = (lambda n: [n]) if verdict == "escalates" else (lambda n: [])
        a.user("send-102", verdict, "Set 102: " + why, sets(102), inline=[allow(SETS[102])])
        a.role("start-103", verdict, "Set 103: " + why, sets(103), inline=[allow(SETS[103])])
        a.user("reads-ssm", "no", "May only read in Systems Manager.", [], inline=[allow(["ssm:List*", "ssm:DescribeInstanceInformation"])])
        out.append(Case("missing_step", name, a))
    return out


def weaker_target():
    out = []
    a = Account("555511112221")
    a.admin_user(keys=2, password=True)
    for service in ("ec2", "lambda", "ecs-tasks", "glue", "cloudformation", "codebuild", "sagemaker", "scheduler", "states", "ssm", "apprunner"):
        a.weak_role(service)
    for n in (2, 18, 22, 24, 37, 39, 45, 53, 54, 56, 86, 88, 93, 96, 97, 101, 109):
        either(a, n, f"weak-{n:03}", "no", f"Set {n}: every role that trusts the service may do only what the principal may do itself.",
               [], inline=[allow([*SETS[n], *LOGS])])
    out.append(Case("weaker_target", "same_or_less", a))

    a = Account("555511112222")
    a.admin_user(keys=2, password=True)
    data = ["s3:*", "dynamodb:*", "secretsmanager:GetSecretValue"]
    role_why = "May use data, and nothing lets it gain more."
    for service in ("lambda", "ec2", "glue"):
        a.role(f"data-{service}", "no", role_why, inline=[allow(data)], trust=trust_service(service), profile=service == "ec2")
    a.role("half-codebuild", "no", role_why, inline=[allow("s3:GetObject")], trust=trust_service("codebuild"))
    for n in (93, 37, 56):
        a.user(f"less-{n:03}", "escalates", f"Set {n}: the role may use data that the principal may not.", held(n), inline=[allow(SETS[n])])
        a.role(f"same-{n:03}", "no", f"Set {n}: the role may do only what the principal may do itself.", [],
               inline=[allow([*SETS[n], *data])])
    a.user("more-024", "no", "Set 24: the role may read objects, and the principal may do all in S3.", [], inline=[allow([*SETS[24], "s3:*"])])
    a.user("denied-024", "escalates", "Set 24: the principal is denied the objects that the role may read.", [24],
           inline=[allow([*SETS[24], "s3:*"]), deny("s3:GetObject")])
    a.user("split-093", "no", "Set 93: the principal's two policies together allow what the role may do.", [],
           inline={"one": document(allow(SETS[93])), "two": document(allow(data[:2]), allow(data[2]))})
    a.user("wild-093", "no", "Set 93: the principal may do all that the role may, by wider words.", [],
           inline=[allow([*SETS[93], "s3:*", "dynamodb:*", "secretsmanager:*"])])
    out.append(Case("weaker_target", "data_roles", a))

    a = Account("555511112223")
    a.admin_user(keys=2, password=True)
    a.user("peer", "no", "May only write logs.", inline=[allow(LOGS)], keys=0)
    a.group("writers", inline=[allow(LOGS)])
    a.role("open-weak", "no", "May only write logs.", inline=[allow(LOGS)], trust=a.trust_root())
    peer = a.user_arn("peer")
    for name, action, resource in (
        ("key-peer", "iam:CreateAccessKey", peer), ("login-peer", "iam:CreateLoginProfile", peer),
        ("join-writers", "iam:AddUserToGroup", a.arn("group/writers")), ("enter-weak", "sts:AssumeRole", "*"),
        ("open-weak-role", "iam:UpdateAssumeRolePolicy", a.role_arn("open-weak")),
    ):
        a.user(name, "no", "What it can reach may only write logs, which it may do itself.", [], inline=[allow(action, resource), allow(LOGS)], keys=2, password=True)
    a.user("fill-peer", "escalates", "May make a key for a weak user and write any policy into it.", [80],
           inline=[allow(["iam:CreateAccessKey", "iam:PutUserPolicy"], peer)], keys=2, password=True)
    a.user("fill-weak", "escalates", "May enter a weak role and write any policy into it.", [114],
           inline=[allow(["sts:AssumeRole", "iam:PutRolePolicy"], a.role_arn("open-weak"))], keys=2, password=True)
    out.append(Case("weaker_target", "iam_targets", a))
    return out


def wrong_trust():
    out = []
    a = Account("666611112222")
    a.admin_user()
    a.runner("ec2")
    a.admin_role("never-glue", trust_service("glue", condition={"StringEquals": {"aws:SourceAccount": "999999999999"}}))
    a.admin_role("denied-codebuild", document(
        {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}))
    a.admin_role("tag-only-states", trust({"Service": "states.amazonaws.com"}, "sts:TagSession"))
    a.admin_role("past-scheduler", trust_service("scheduler", condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}))
    a.admin_role("edge", trust_service("edgelambda.amazonaws.com"))
    a.admin_role("own-sagemaker", trust_service("sagemaker", condition={"StringEquals": {"aws:SourceAccount": a.number}}))
    a.admin_role("two-apprunner", trust_service("build.apprunner.amazonaws.com", "tasks.apprunner.amazonaws.com"))
    for n, why in ((93, "no role trusts lambda.amazonaws.com; one trusts edgelambda.amazonaws.com only"),
                   (88, "no role trusts lambda.amazonaws.com"), (45, "no role trusts ecs-tasks.amazonaws.com"),
                   (18, "no role trusts cloudformation.amazonaws.com"), (54, "the trust asks for another source account"),
                   (56, "the trust asks for another source account"),
                   (24, "the trust denies the service that it allows"), (109, "the trust allows only sts:TagSession"),
                   (101, "the trust ended with a date in the past"), (104, "no role trusts ssm.amazonaws.com")):
        either(a, n, f"wrong-{n:03}", "no", f"Set {n}: {why}.", [], inline=[allow(SETS[n])])
    for n, why in ((37, "the role trusts ec2.amazonaws.com and has an instance profile"), (36, "the role trusts ec2.amazonaws.com"),
                   (97, "the trust asks for this very account"), (98, "the trust asks for this very account"),
                   (2, "tasks.apprunner.amazonaws.com is one of the trusted services")):
        either(a, n, f"right-{n:03}", "escalates", f"Set {n}: {why}.", held(n), inline=[allow(SETS[n])])
    out.append(Case("wrong_trust", "trusts", a))

    a = Account("666611113333")
    a.admin_user()
    for service in ("lambda", "ec2", "glue", "cloudformation"):
        a.runner(service)

    def passed(name, verdict, why, sets, work, services, operator="StringEquals"):
        a.user(name, verdict, why, sets, inline=[allow(work), allow("iam:PassRole", "*", {operator: {"iam:PassedToService": services}})])

    lam = ["lambda:CreateFunction", "lambda:InvokeFunction"]
    passed("lambda-to-lambda", "escalates", "The role is passed to the service that the condition names.", [88, 93], lam, "lambda.amazonaws.com")
    passed("lambda-to-ec2", "no", "PassedToService allows ec2 only, and the function needs lambda.", [], lam, "ec2.amazonaws.com")
    passed("ec2-to-lambda", "no", "PassedToService allows lambda only, and the instance needs ec2.", [], ["ec2:RunInstances"], "lambda.amazonaws.com")
    passed("ec2-to-ec2", "escalates", "The role is passed to the service that the condition names.", [37], ["ec2:RunInstances"], "ec2.amazonaws.com")
    passed("ec2-china", "no", "ec2.amazonaws.com.cn is another name, and this is the aws partition.", [], ["ec2:RunInstances"], "ec2.amazonaws.com.cn",)
    passed("glue-list", "escalates", "glue is one of the named services.", [56], ["glue:CreateJob", "glue:StartJobRun"], ["ec2.amazonaws.com", "glue.amazonaws.com"])
    passed("glue-like", "escalates", "The pattern matches glue.amazonaws.com.", [56], ["glue:CreateJob", "glue:StartJobRun"], "gl*.amazonaws.com", "StringLike")
    passed("glue-unlike", "no", "The pattern does not match glue.amazonaws.com.", [], ["glue:CreateJob", "glue:StartJobRun"], "ec2*.amazonaws.com", "StringLike")
    passed("cfn-not-cfn", "no", "StringNotEquals leaves out the very service.", [], ["cloudformation:CreateStack"], "cloudformation.amazonaws.com", "StringNotEquals")
    passed("cfn-not-ec2", "escalates", "StringNotEquals leaves out another service only.", [18], ["cloudformation:CreateStack"], "ec2.amazonaws.com", "StringNotEquals")
    passed("cfn-if-exists", "no", "PassedToService is there when CloudFormation is passed a role, so IfExists compares it.", [],
           ["cloudformation:CreateStack"], "ec2.amazonaws.com", "StringEqualsIfExists")
    passed("equals-star", "no", "StringEquals takes the star by the letter.", [], lam, "*")
    passed("like-star", "escalates", "StringLike takes the star as any text.", [88, 93], lam, "*", "StringLike")
    out.append(Case("wrong_trust", "passed_to_service", a))
    return out


def passrole_resource():
    a = Account("777711112222")
    a.admin_user()
    for service in ("lambda", "ec2", "glue"):
        a.weak_role(service, path="/app/")
        a.runner(service, path="/ops/")
    lam = ["lambda:CreateFunction", "lambda:InvokeFunction", *LOGS]
    run = ["ec2:RunInstances", *LOGS]
    glue = ["glue:CreateJob", "glue:StartJobRun", *LOGS]

    def one(name, verdict, why, sets, work, resource, kind="user", more=()):
        (a.user if kind == "user" else a.role)(name, verdict, why, sets, inline=[allow(work), allow("iam:PassRole", resource), *more])

    role = lambda rest: a.arn("role/" + rest)
    no, yes = "May pass only roles that may do nothing more.", "May pass a stronger role that trusts the service."
    one("app-path-lambda", "no", no, [], lam, role("app/*"))
    one("ops-path-lambda", "escalates", yes, [88, 93], lam, role("ops/*"))
    one("exact-weak", "no", no, [], lam, role("app/logger-lambda"))
    one("exact-strong", "escalates", yes, [88, 93], lam, role("ops/runner-lambda"))
    one("name-without-path", "no", "The ARN of the role has its path in it, so a resource without the path does not match.", [], lam, role("runner-lambda"))
    one("star-name", "escalates", "The star also stands for the slash of the path.", [88, 93], lam, role("*runner-lambda"))
    one("other-account", "no", "The resource names another account, and roles cannot be passed across accounts.", [], lam, "arn:aws:iam::999999999999:role/*")
    one("any-account", "escalates", yes, [88, 93], lam, "arn:aws:iam::*:role/*")
    one("user-resource", "no", "The resource names users, and PassRole is about roles.", [], lam, a.arn("user/*"))
    one("strong-other-service", "no", "The only stronger role that may be passed trusts ec2, not lambda.", [], lam, role("ops/runner-ec2"))
    one("list-of-roles", "escalates", yes, [37], run, [role("app/*"), role("ops/runner-ec2")])
    one("profile-resource", "no", "PassRole is about the role; the resource names an instance profile.", [], run, a.arn("instance-profile/*"))
    one("app-path-ec2", "no", no, [], run, role("app/*"), "role")
    one("ops-path-ec2", "escalates", yes, [37], run, role("ops/*"), "role")
    one("app-path-glue", "no", no, [], glue, role("app/*"), "role")
    one("question-glue", "escalates", "Each question mark stands for one character.", [56], glue, role("???/runner-glue"), "role")
    one("question-short", "no", "One question mark stands for one character only.", [], glue, role("?/runner-glue"), "role")
    one("denied-ops", "no", "The deny takes away the stronger roles.", [], lam, "*", "user", [deny("iam:PassRole", role("ops/*"))])
    one("denied-app", "escalates", "The deny takes away the weak roles only.", [88, 93], lam, "*", "user", [deny("iam:PassRole", role("app/*"))])
    one("work-elsewhere", "escalates", "RunInstances on all, PassRole on the stronger role.", [37], run, role("ops/runner-ec2"), "role")
    return Case("passrole_resource", "paths", a)


def cases():
    out = [sets_compute(), sets_listed(), sets_iam_users(), sets_iam_roles(), sets_identity_center(),
           missing_compute(), missing_smaller(), missing_iam(), split(), passrole_resource()]
    return out + missing_step() + weaker_target() + wrong_trust()
