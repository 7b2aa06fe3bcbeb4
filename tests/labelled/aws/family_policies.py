"""Families about how the documents are read: denies, boundaries, NotAction, conditions, spelling."""

from accounts import LOGS, Account, Case, allow, allow_not, deny, deny_not, document, encoded, trust_service

PUT, ATTACH = "iam:PutUserPolicy", "iam:AttachUserPolicy"
LAMBDA = ["lambda:CreateFunction", "lambda:InvokeFunction"]
NEVER = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


def base(number, *services, keys=2):
    """An account with one administrator who has two keys and a password, so that no key is to be had."""
    a = Account(number)
    a.key_default = keys
    a.admin_user(keys=2, password=True)
    a.admin_role("admin-by-idp")
    for service in services:
        a.runner(service)
    return a


def deny_elsewhere():
    a = base("121212120001", "lambda", "ec2")
    a.admin_role("other-lambda", trust_service("lambda"))
    a.group("no-iam", inline=[deny("iam:*")])
    a.group("no-pass", inline=[deny("iam:PassRole")])
    a.group("no-s3", inline=[deny("s3:*")])
    a.policy("deny-put", deny([PUT, ATTACH]))
    a.policy("deny-pass", deny("iam:PassRole"))
    a.policy("deny-logs", deny("logs:*"))
    lam, ec2 = allow(["iam:PassRole", *LAMBDA]), allow(["iam:PassRole", "ec2:RunInstances"])
    me = lambda name: a.arn(f"user/{name}")
    runner, other = a.role_arn("runner-lambda"), a.role_arn("other-lambda")
    u = a.user
    u("deny-managed", "no", "An explicit deny in an attached policy wins over the allow.", inline=[allow(PUT)], attached=["deny-put"])
    u("deny-group", "no", "An explicit deny of the group wins over the user's own allow.", inline=[allow(PUT)], groups=["no-iam"])
    u("deny-own-arn", "no", "The deny is on the user's own ARN, the only one that would help.", inline={"a": document(allow(PUT)), "b": document(deny(PUT, me("deny-own-arn")))})
    u("deny-other-arn", "escalates", "The deny is on another user only.", [72], inline={"a": document(allow(PUT)), "b": document(deny(PUT, me("break-glass")))})
    u("deny-role-arn", "escalates", "The deny is on a role, and PutUserPolicy is about users.", [72], inline=[allow(PUT), deny(PUT, a.arn("role/*"))])
    u("deny-all-users", "no", "The deny is on every user.", inline=[allow(PUT), deny(PUT, a.arn("user/*"))])
    u("deny-other-action", "escalates", "Only AttachUserPolicy is denied.", [72], inline=[allow([PUT, ATTACH]), deny(ATTACH)])
    u("deny-unrelated", "escalates", "Only logs are denied.", [64], inline=[allow(ATTACH)], attached=["deny-logs"])
    u("pass-deny-group", "no", "PassRole is denied by the group.", inline=[lam], groups=["no-pass"])
    u("pass-deny-managed", "no", "PassRole is denied by an attached policy.", inline=[lam], attached=["deny-pass"])
    u("pass-deny-one", "escalates", "One stronger role may not be passed, another may.", [88, 93], inline=[lam, deny("iam:PassRole", runner)])
    u("pass-deny-both", "no", "Both stronger roles that trust lambda are denied.", inline=[lam, deny("iam:PassRole", [runner, other])])
    u("pass-deny-pattern", "no", "The patterns of the deny cover both roles that trust lambda.", inline=[lam, deny("iam:PassRole", [a.arn("role/*-lambda")])])
    u("pass-deny-ec2", "escalates", "The deny is on the role for ec2 only.", [88, 93], inline=[lam, deny("iam:PassRole", a.role_arn("runner-ec2"))])
    u("deny-passed-to", "no", "PassRole to lambda is denied.", inline=[lam, deny("iam:PassRole", "*", {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})])
    u("deny-passed-elsewhere", "escalates", "Only PassRole to ec2 is denied.", [88, 93], inline=[lam, deny("iam:PassRole", "*", {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}})])
    u("deny-step", "no", "RunInstances is denied, so the passed role is of no use.", inline=[ec2, deny("ec2:RunInstances")])
    u("deny-invoke", "no", "CreateFunction is denied.", inline=[lam, deny("lambda:Create*")])
    u("deny-s3-group", "escalates", "The group denies S3 only.", [37], inline=[ec2], groups=["no-s3"])
    u("deny-never", "escalates", "The deny is bound to a date in the past, so it never applies.", [72], inline=[allow(PUT), deny(PUT, "*", NEVER)])
    u("deny-lifts", "escalates", "The deny is in an inline policy that the user may delete.", [72],
      inline={"a": document(allow([PUT, "iam:DeleteUserPolicy"])), "b": document(deny(PUT))})
    u("deny-detach", "escalates", "The deny is in a policy that the user may detach from itself.", [72],
      inline=[allow([PUT, "iam:DetachUserPolicy"])], attached=["deny-put"])
    u("deny-leave", "escalates", "The deny is in a group that the user may leave.", [88, 93],
      inline=[lam, allow("iam:RemoveUserFromGroup")], groups=["no-pass"])
    u("deny-no-detach", "no", "The deny is in a managed policy, and deleting inline policies does not lift it.",
      inline=[allow([PUT, "iam:DeleteUserPolicy"])], attached=["deny-put"])
    r = a.role
    r("role-deny-managed", "no", "PassRole is denied by an attached policy.", inline=[lam], attached=["deny-pass"])
    r("role-deny-own", "no", "The deny is on the role's own ARN.", inline=[allow("iam:PutRolePolicy", a.arn("role/role-deny-own")), deny("iam:PutRolePolicy", a.arn("role/role-deny-own"))])
    r("role-deny-other", "escalates", "The deny is on another role only.", [71], inline=[allow("iam:PutRolePolicy"), deny("iam:PutRolePolicy", a.arn("role/admin-by-idp"))])
    r("role-deny-step", "no", "RunInstances is denied.", inline=[ec2, deny("ec2:Run*")])
    r("role-deny-unrelated", "escalates", "Only logs are denied.", [37], inline=[ec2], attached=["deny-logs"])
    return Case("deny_elsewhere", "denies", a)


def boundary():
    a = base("121212120002", "lambda")
    a.admin_role("admin-by-root", a.trust_root())
    me = lambda name: a.arn(f"user/{name}")
    lam = allow(["iam:PassRole", *LAMBDA])
    a.policy("b-logs", allow(LOGS))
    a.policy("b-all", allow("*"))
    a.policy("b-lambda-pass", allow(["iam:PassRole", "lambda:*"]))
    a.policy("b-lambda", allow("lambda:*"))
    a.policy("b-deny-iam", allow("*"), deny("iam:*"))
    a.policy("b-put", allow([PUT, *LOGS]))
    a.policy("b-put-s3", allow([PUT, "s3:*"]))
    a.policy("b-lift", allow(["iam:DeleteUserPermissionsBoundary", "iam:DeleteRolePermissionsBoundary", *LOGS]))
    a.policy("b-replace", allow(["iam:PutUserPermissionsBoundary", *LOGS]))
    a.policy("b-edit", allow("iam:CreatePolicyVersion", a.arn("policy/b-edit")), allow(LOGS))
    a.policy("b-edit-other", allow("iam:CreatePolicyVersion", a.arn("policy/unused")), allow(LOGS))
    a.policy("b-older", versions={"v1": [allow("*")], "v2": [allow(["iam:SetDefaultPolicyVersion", *LOGS])]}, default="v2")
    a.policy("unused", allow(LOGS))
    enter_made = allow("sts:AssumeRole", a.arn("role/made-*"))
    a.policy("b-role", allow(["iam:CreateRole", "iam:PutRolePolicy", *LOGS]), enter_made)
    a.policy("b-role-kept", allow(["iam:CreateRole", "iam:PutRolePolicy"], "*", {"StringEquals": {"iam:PermissionsBoundary": a.arn("policy/b-logs")}}), allow(LOGS))
    a.policy("b-never", allow("*", "*", NEVER))
    a.policy("b-office", allow("*", "*", OFFICE))
    a.policy("b-not-iam", allow_not(["iam:*", "sts:*", "sso:*", "organizations:*", "lambda:Update*"]))
    a.group("all", inline=[allow("*")])
    u, r = a.user, a.role
    u("star-logs", "no", "Only what policy and boundary both allow is allowed: logs.", inline=[allow("*")], boundary="b-logs")
    u("star-all", "administrator", "The boundary allows all, so the policy's all stays.", inline=[allow("*")], boundary="b-all")
    u("star-aws", "administrator", "AdministratorAccess as a boundary limits nothing.", inline=[allow("*")], boundary="aws:AdministratorAccess")
    u("group-logs", "no", "The boundary limits also what comes from groups.", groups=["all"], boundary="b-logs")
    u("managed-logs", "no", "The boundary limits AdministratorAccess to logs.", attached=["aws:AdministratorAccess"], boundary="b-logs")
    u("lambda-open", "escalates", "The boundary allows the whole set, and the passed role has no boundary.", [88, 93], inline=[lam], boundary="b-lambda-pass")
    u("lambda-shut", "no", "The boundary does not allow PassRole.", inline=[lam], boundary="b-lambda")
    u("lambda-logs", "no", "The boundary allows logs only.", inline=[lam], boundary="b-logs")
    u("lambda-denied", "no", "The boundary denies iam:*.", inline=[lam], boundary="b-deny-iam")
    u("put-same", "no", "Whatever it writes into itself, the boundary allows only what it has already.", inline=[allow([PUT, *LOGS])], boundary="b-put")
    u("put-more", "escalates", "It may write S3 into itself, and the boundary allows S3.", [72], inline=[allow(PUT)], boundary="b-put-s3")
    u("put-denied", "no", "The boundary denies iam:*, so nothing can be put.", inline=[allow(PUT)], boundary="b-deny-iam")
    u("logs-all", "no", "A boundary grants nothing.", inline=[allow(LOGS)], boundary="b-all")
    u("lift", "escalates", "May take off its boundary, and its policy allows all.", [68], inline=[allow("*")], boundary="b-lift")
    u("lift-nothing", "no", "May take off its boundary, but its policies allow no more than the boundary.", inline=[allow(["iam:DeleteUserPermissionsBoundary", *LOGS])], boundary="b-lift")
    u("lift-shut", "no", "Its boundary does not allow taking it off.", inline=[allow("*")], boundary="b-put-none")
    u("replace", "escalates", "May put a wider boundary in place of its own, and its policy allows all.", inline=[allow("*")], boundary="b-replace")
    u("edit", "escalates", "May write a new version of its own boundary.", [67], inline=[allow("*")], boundary="b-edit")
    u("edit-other", "no", "May write a new version of a policy that is attached to nobody.", inline=[allow("*")], boundary="b-edit-other")
    u("older", "escalates", "May make the older version of its boundary the default, which allows all.", [73], inline=[allow("*")], boundary="b-older")
    u("makes-role", "escalates", "The role that it makes has no boundary, trusts it and may do all.", [82], inline=[allow(["iam:CreateRole", "iam:PutRolePolicy"]), enter_made], boundary="b-role")
    u("makes-bounded-role", "no", "Every role that it makes or fills must have the boundary for logs.", inline=[allow(["iam:CreateRole", "iam:PutRolePolicy", *LOGS])], boundary="b-role-kept")
    u("never", "no", "The boundary's allow is bound to a date in the past.", inline=[allow("*")], boundary="b-never")
    u("office", "administrator", "The boundary allows all from an address that requests can come from.", inline=[allow("*")], boundary="b-office")
    u("enter-shut", "no", "The trust is in the whole account, which delegates to policies, and the boundary does not allow sts:AssumeRole.", inline=[allow("sts:AssumeRole")], boundary="b-logs")
    u("enter-open", "escalates", "Policy and boundary both allow sts:AssumeRole, and a role trusts the account.", [110], inline=[allow("sts:AssumeRole")], boundary="b-all")
    u("not-iam", "no", "The boundary leaves out iam, sts, sso and changes to functions; no role can be passed or entered.", inline=[allow("*")], boundary="b-not-iam")
    u("named-user", "escalates", "The trust names the user; that allow is not limited by what the boundary leaves out.", [110], inline=[allow(LOGS)], boundary="b-logs",
      doubt="Follows the evaluation logic page for users named in resource-based policies; some readers ask the boundary too.")
    r("named-role", "no", "The trust names the role; that allow is limited by what the boundary leaves out.", inline=[allow(LOGS)], boundary="b-logs",
      doubt="Follows the evaluation logic page for role ARNs in resource-based policies.")
    a.admin_role("admin-for-user", a.trust_users("named-user"))
    a.admin_role("admin-for-role", a.trust_roles("named-role"))
    r("role-star-logs", "no", "Only what policy and boundary both allow is allowed: logs.", inline=[allow("*")], boundary="b-logs")
    r("role-star-all", "administrator", "The boundary allows all.", inline=[allow("*")], boundary="b-all")
    r("role-lift", "escalates", "May take off its own boundary, and its policy allows all.", inline=[allow("*")], boundary="b-lift")
    r("role-lambda-open", "escalates", "The boundary allows the whole set.", [88, 93], inline=[lam], boundary="b-lambda-pass")
    r("role-lambda-shut", "no", "The boundary does not allow PassRole.", inline=[lam], boundary="b-lambda")
    a.policy("b-put-none", allow(LOGS))
    a.policies["b-put-none"]["PermissionsBoundaryUsageCount"] = 1
    return Case("boundary", "boundaries", a)


def not_action():
    a = base("121212120003")
    rest = ["iam:*", "sts:*", "sso:*", "organizations:*"]
    a.policy("only-put-managed", deny_not([PUT, *LOGS]))
    u, r = a.user, a.role
    me = lambda name: a.arn(f"user/{name}")
    u("not-s3", "escalates", "All but S3 is allowed, so iam:* is.", [60, 64, 72], inline=[allow_not("s3:*")])
    u("not-s3-ec2", "escalates", "All but S3 and EC2 is allowed, so iam:* is.", [60, 64, 72], inline=[allow_not(["s3:*", "ec2:*"])])
    u("not-iam-get", "escalates", "All but reading IAM is allowed, so PutUserPolicy is.", [64, 72], inline=[allow_not(["iam:Get*", "iam:List*"])])
    u("not-iam", "no", "iam, sts, sso and organizations are left out, and no role here trusts a service.", inline=[allow_not(rest)])
    u("not-iam-case", "no", "Names of services and actions are read without regard to case.", inline=[allow_not([x.upper() for x in rest])])
    u("not-iam-pass", "no", "PassRole is allowed besides, but no role here trusts a service.", inline=[allow_not(rest), allow("iam:PassRole")])
    u("not-iam-put", "escalates", "PutUserPolicy is allowed by the second statement.", [72], inline=[allow_not(rest), allow(PUT)])
    u("not-star", "no", "NotAction * matches nothing.", inline=[allow_not("*")])
    u("not-s3-own", "escalates", "All but S3 on its own ARN, so PutUserPolicy on itself.", [72], inline=[allow_not("s3:*", me("not-s3-own"))])
    u("not-s3-buckets", "no", "All but EC2, on buckets only.", inline=[allow_not("ec2:*", "arn:aws:s3:::*")])
    u("deny-not-logs", "no", "All but logs is denied.", inline=[allow("*"), deny_not("logs:*")])
    u("deny-not-iam", "escalates", "All but iam is denied, and iam:* is enough.", [60, 64, 72], inline=[allow("*"), deny_not("iam:*")])
    u("deny-not-put-inline", "escalates", "PutUserPolicy is not denied and may write over the inline policy that denies the rest.", [72], inline=[allow("*"), deny_not([PUT, *LOGS])])
    u("deny-not-put-managed", "no", "PutUserPolicy is not denied, but the managed deny of all else stays whatever is put.", inline=[allow("*")], attached=["only-put-managed"])
    u("deny-not-never", "administrator", "The deny is bound to a date in the past.", inline=[allow("*"), deny_not("logs:*", "*", NEVER)])
    u("allow-and-deny-not", "no", "Only PutUserPolicy is allowed, and all but logs is denied.", inline=[allow([PUT, *LOGS]), deny_not(LOGS)])
    u("two-nots", "administrator", "What one statement leaves out the other allows.", inline=[allow_not("s3:*"), allow_not("ec2:*")])
    u("not-put", "escalates", "PutUserPolicy is left out, but AttachUserPolicy is allowed.", [64], inline=[allow_not("iam:Put*")])
    r("role-not-s3", "escalates", "All but S3 is allowed, so PutRolePolicy on itself is.", [60, 63, 71], inline=[allow_not("s3:*")])
    r("role-not-iam", "no", "iam, sts, sso and organizations are left out, and no role here trusts a service.", inline=[allow_not(rest)])
    r("role-deny-not-logs", "no", "All but logs is denied.", inline=[allow("*"), deny_not("logs:*")])
    r("role-two", "administrator", "NotAction iam:* and iam:* together are all.", inline=[allow_not("iam:*"), allow("iam:*")])

    b = base("121212120103", "lambda")
    b.admin_role("admin-by-root", b.trust_root())
    b.user("not-iam-pass", "escalates", "All but iam, and PassRole besides: a stronger role may be passed to lambda.", [88, 93],
           inline=[allow_not(rest), allow("iam:PassRole")])
    b.user("not-iam-enter", "escalates", "sts:AssumeRole is not left out, and an administrator role trusts the account.", [110],
           inline=[allow_not(["iam:*", "organizations:*"])])
    b.user("power", "escalates", "PowerUserAccess leaves out iam but not sts:AssumeRole, and an administrator role trusts the account.", [110],
           attached=["aws:PowerUserAccess"])
    b.user("not-iam-function", "escalates", "UpdateFunctionCode is not left out, and a stronger role trusts lambda.", [86], inline=[allow_not(rest)])
    b.user("not-iam-lambda", "no", "iam, sts, sso and changes to functions are left out.",
           inline=[allow_not([*rest, "lambda:*"])])
    b.role("role-not-iam-enter", "escalates", "sts:AssumeRole is not left out, and an administrator role trusts the account.", [110],
           inline=[allow_not("iam:*")])
    b.role("role-not-pass", "no", "Lambda alone, without iam and changes to functions.", inline=[allow_not([*rest, "lambda:Update*"])])
    return [Case("not_action", "no_service_roles", a), Case("not_action", "with_roles", b)]


def not_resource():
    a = base("121212120004", "lambda")
    a.weak_role("lambda")
    a.admin_role("admin-by-root", a.trust_root())
    a.role("weak-by-root", "no", "May only write logs.", inline=[allow(LOGS)], trust=a.trust_root())
    a.group("admins", attached=["aws:AdministratorAccess"])
    a.group("writers", inline=[allow(LOGS)])
    a.policy("editable", allow(LOGS))
    a.policy("elsewhere", allow(LOGS))
    me = lambda name: a.arn(f"user/{name}")

    def one(name, verdict, why, sets, effect, action, not_resource, more=(), kind="user", **extra):
        body = {"Effect": effect, "Action": action, "NotResource": not_resource}
        (a.user if kind == "user" else a.role)(name, verdict, why, sets, inline=[body, allow(LOGS), *more], **extra)

    one("all-but-me", "no", "PutUserPolicy on everybody but itself, and it has no way into anybody.", [], "Allow", PUT, me("all-but-me"))
    one("all-but-other", "escalates", "PutUserPolicy on everybody but one other.", [72], "Allow", PUT, me("break-glass"))
    one("all-but-users", "no", "PutUserPolicy on all but users is on nothing.", [], "Allow", PUT, a.arn("user/*"))
    one("all-but-groups", "escalates", "AttachUserPolicy on all but groups includes itself.", [64], "Allow", ATTACH, a.arn("group/*"))
    one("iam-but-roles", "escalates", "iam:* on all but roles includes itself.", [64, 72], "Allow", "iam:*", a.arn("role/*"))
    one("star-but-bucket", "escalates", "All actions on all but one bucket: not every resource, but iam:* on itself.", [60, 64, 72], "Allow", "*", "arn:aws:s3:::example-audit*", doubt="By the letter not every resource; a reader may call it administrator none the less.")
    one("star-but-all", "no", "NotResource * is on nothing.", [], "Allow", "*", "*")
    lam = [allow(LAMBDA)]
    one("pass-but-strong", "no", "The only stronger role that trusts lambda may not be passed.", [], "Allow", "iam:PassRole", a.role_arn("runner-lambda"), lam)
    one("pass-but-weak", "escalates", "The weak role may not be passed, the stronger one may.", [88, 93], "Allow", "iam:PassRole", a.role_arn("logger-lambda"), lam)
    one("pass-but-roles", "no", "PassRole on all but roles is on nothing.", [], "Allow", "iam:PassRole", "arn:aws:iam::*:role/*", lam)
    one("enter-but-admin", "no", "All but the administrator role may be entered, and the other is weak.", [], "Allow", "sts:AssumeRole", a.role_arn("admin-by-root"))
    one("enter-but-weak", "escalates", "The administrator role may be entered.", [110], "Allow", "sts:AssumeRole", a.role_arn("weak-by-root"))
    one("join-but-admins", "no", "May join only the group that gives what it has.", [], "Allow", "iam:AddUserToGroup", a.arn("group/admins"))
    one("join-but-writers", "escalates", "May join the administrators.", [61], "Allow", "iam:AddUserToGroup", a.arn("group/writers"))
    one("version-but-own", "no", "May write versions of all policies but the one attached to it.", [], "Allow", "iam:CreatePolicyVersion", a.policy_arn("editable"), attached=["editable"])
    one("version-but-else", "escalates", "May write a version of the policy attached to it.", [67], "Allow", "iam:CreatePolicyVersion", a.policy_arn("elsewhere"), attached=["editable"])
    one("deny-but-me", "escalates", "The deny is on all but itself.", [72], "Deny", PUT, me("deny-but-me"), [allow(PUT)])
    one("deny-but-other", "no", "The deny is on all but one other, so on itself.", [], "Deny", PUT, me("break-glass"), [allow(PUT)])
    one("deny-but-pattern", "escalates", "The pattern matches itself, so the deny does not.", [64], "Deny", ATTACH, a.arn("user/deny-*"), [allow(ATTACH)])
    one("deny-but-bucket", "no", "All is denied but on one bucket.", [], "Deny", "*", "arn:aws:s3:::example-box*", [allow("*")])
    one("deny-but-roles", "no", "PutUserPolicy is denied on all but roles.", [], "Deny", PUT, a.arn("role/*"), [allow(PUT)])
    one("role-all-but-me", "no", "PutRolePolicy on all roles but itself, and it may enter none of the others.", [], "Allow", "iam:PutRolePolicy", a.arn("role/role-all-but-me"), kind="role")
    one("role-but-other", "escalates", "PutRolePolicy on all but another role.", [71], "Allow", "iam:PutRolePolicy", a.arn("role/admin-by-idp"), kind="role")
    one("role-deny-but-me", "escalates", "The deny is on all but itself.", [63], "Deny", "iam:AttachRolePolicy", a.arn("role/role-deny-but-me"), [allow("iam:AttachRolePolicy")], kind="role")
    return Case("not_resource", "resources", a)


def condition():
    out = []
    a = base("121212120005")
    me = lambda name: a.arn(f"user/{name}")

    def put(name, verdict, why, cond, more=(), effect="Allow", kind="user", action=None, **extra):
        """PutUserPolicy on itself under a condition; or allowed, and denied under a condition."""
        action = action or (PUT if kind == "user" else "iam:PutRolePolicy")
        sets = {PUT: [72], "iam:PutRolePolicy": [71]}.get(action, []) if verdict == "escalates" else []
        body = [allow(action, "*", cond)] if effect == "Allow" else [allow(action), deny(action, "*", cond)]
        (a.user if kind == "user" else a.role)(name, verdict, why, sets, inline=[*body, *more], **extra)

    yes, never = "The condition can hold in some request: ", "The condition can never hold: "
    put("ip", "escalates", yes + "an address.", OFFICE)
    put("ip-list", "escalates", yes + "one of two addresses.", {"IpAddress": {"aws:SourceIp": ["198.51.100.7", "2001:db8::/32"]}})
    put("mfa", "escalates", yes + "a login with MFA.", {"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    put("mfa-age", "escalates", yes + "a recent login with MFA.", {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})
    put("tls", "escalates", yes + "TLS.", {"Bool": {"aws:SecureTransport": "true"}})
    put("future", "escalates", yes + "time goes on.", {"DateGreaterThan": {"aws:CurrentTime": "2031-01-01T00:00:00Z"}})
    put("past", "no", never + "the date is past.", NEVER)
    put("past-epoch", "no", never + "the date is past, written as seconds since 1970.", {"NumericLessThan": {"aws:EpochTime": "1577836800"}})
    put("since", "escalates", yes + "the date is past and the request comes later.", {"DateGreaterThanEquals": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})
    put("empty-span", "no", never + "after one date and before an earlier one.", {"DateGreaterThan": {"aws:CurrentTime": "2032-01-01T00:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2031-01-01T00:00:00Z"}})
    put("span", "escalates", yes + "a span in the future.", {"DateGreaterThan": {"aws:CurrentTime": "2031-01-01T00:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2032-01-01T00:00:00Z"}})
    put("tag-has", "escalates", "It has the tag that the condition asks for.", {"StringEquals": {"aws:PrincipalTag/team": "core"}}, tags={"team": "core"})
    put("tag-other", "no", never + "its tag has another value and it may not set tags.", {"StringEquals": {"aws:PrincipalTag/team": "core"}}, tags={"team": "web"})
    put("tag-none", "no", never + "it has no such tag and may not set tags.", {"StringEquals": {"aws:PrincipalTag/team": "core"}})
    put("tag-self", "escalates", "It may set the tag on itself first.", {"StringEquals": {"aws:PrincipalTag/team": "core"}}, [allow("iam:TagUser")])
    put("tag-self-other", "no", never + "it may set tags on another user only.", {"StringEquals": {"aws:PrincipalTag/team": "core"}}, [allow("iam:TagUser", a.arn("user/break-glass"))])
    put("tag-case", "no", never + "StringEquals regards the case of the value.", {"StringEquals": {"aws:PrincipalTag/team": "Core"}}, tags={"team": "core"})
    put("tag-ignore-case", "escalates", "StringEqualsIgnoreCase does not regard the case.", {"StringEqualsIgnoreCase": {"aws:PrincipalTag/team": "CORE"}}, tags={"team": "core"})
    put("tag-like", "escalates", "StringLike with a star matches its tag.", {"StringLike": {"aws:PrincipalTag/team": "co*"}}, tags={"team": "core"})
    put("tag-like-not", "no", never + "the pattern does not match its tag.", {"StringLike": {"aws:PrincipalTag/team": "co?"}}, tags={"team": "core"})
    put("tag-equals-star", "no", never + "StringEquals takes the star by the letter.", {"StringEquals": {"aws:PrincipalTag/team": "*"}}, tags={"team": "core"})
    put("tag-two-has-one", "no", never + "all keys of a condition must hold, and it has one tag of two.", {"StringEquals": {"aws:PrincipalTag/team": "core", "aws:PrincipalTag/rank": "lead"}}, tags={"team": "core"})
    put("tag-values", "escalates", "One of several values is enough.", {"StringEquals": {"aws:PrincipalTag/team": ["web", "core"]}}, tags={"team": "core"})
    put("if-exists-none", "escalates", "The tag is missing, and IfExists lets that pass.", {"StringEqualsIfExists": {"aws:PrincipalTag/team": "core"}})
    put("if-exists-other", "no", never + "the tag is there with another value, and it may not change it.", {"StringEqualsIfExists": {"aws:PrincipalTag/team": "core"}}, tags={"team": "web"})
    put("not-equals-none", "escalates", "StringNotEquals holds where the key is missing.", {"StringNotEquals": {"aws:PrincipalTag/team": "core"}})
    put("not-equals-has", "no", never + "it has the very tag that must not be.", {"StringNotEquals": {"aws:PrincipalTag/team": "core"}}, tags={"team": "core"})
    put("null-true", "escalates", "Null true asks for a missing tag, and it has none.", {"Null": {"aws:PrincipalTag/team": "true"}})
    put("null-true-has", "no", never + "Null true asks for a missing tag, and it has it.", {"Null": {"aws:PrincipalTag/team": "true"}}, tags={"team": "core"})
    put("null-false", "no", never + "Null false asks for a tag that it has not.", {"Null": {"aws:PrincipalTag/team": "false"}})
    put("null-false-has", "escalates", "Null false asks for a tag, and it has it.", {"Null": {"aws:PrincipalTag/team": "false"}}, tags={"team": "core"})
    put("null-mfa", "escalates", yes + "a request with a long-term key carries no MFA age.", {"Null": {"aws:MultiFactorAuthAge": "true"}})
    put("username", "escalates", "The name is its own.", {"StringEquals": {"aws:username": "username"}})
    put("username-other", "no", never + "the name is another's.", {"StringEquals": {"aws:username": "break-glass"}})
    put("username-key-case", "escalates", "Names of condition keys are read without regard to case.", {"StringEquals": {"AWS:UserName": "username-key-case"}})
    put("arn", "escalates", "The ARN is its own.", {"ArnEquals": {"aws:PrincipalArn": me("arn")}})
    put("arn-other", "no", never + "the ARN is another's.", {"ArnEquals": {"aws:PrincipalArn": me("break-glass")}})
    put("arn-like", "escalates", "The pattern matches its own ARN.", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/arn-*"}})
    put("arn-not-like", "no", never + "the pattern that must not match does.", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/arn-*"}})
    put("arn-role", "no", never + "the ARN is that of a role.", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}})
    put("type-user", "escalates", "It is a user.", {"StringEquals": {"aws:PrincipalType": "User"}})
    put("type-role", "no", never + "it is a user, not a role.", {"StringEquals": {"aws:PrincipalType": "AssumedRole"}})
    put("account", "escalates", "It is in this account.", {"StringEquals": {"aws:PrincipalAccount": a.number}})
    put("account-other", "no", never + "it is not in that account.", {"StringEquals": {"aws:PrincipalAccount": "999999999999"}})
    put("resource-account-other", "no", never + "the user itself is in this account.", {"StringEquals": {"aws:ResourceAccount": "999999999999"}})
    put("by-service", "no", never + "an IAM user is no AWS service.", {"Bool": {"aws:PrincipalIsAWSService": "true"}})
    put("not-by-service", "escalates", "An IAM user is no AWS service.", {"Bool": {"aws:PrincipalIsAWSService": "false"}})
    put("region-global", "escalates", yes + "IAM is called in us-east-1.", {"StringEquals": {"aws:RequestedRegion": "us-east-1"}})
    put("region-other", "no", never + "IAM is called in us-east-1 whatever the caller picks.", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        doubt="The documentation says that global services are in us-east-1; few tools know it.")
    put("vpce", "escalates", yes + "a request through that endpoint.", {"StringEquals": {"aws:SourceVpce": "vpce-0000000000000000a"}},
        doubt="IAM must be reachable through such an endpoint, and the endpoint is not shown to be there.")
    put("two-operators", "no", never + "the name must be and must not be the same.", {"StringEquals": {"aws:username": "two-operators"}, "StringNotEquals": {"aws:username": "two-operators"}})
    put("all-values-absent", "escalates", "ForAllValues holds where the key is missing.", {"ForAllValues:StringEquals": {"aws:PrincipalServiceNamesList": ["example.amazonaws.com"]}})
    put("any-value-absent", "no", never + "ForAnyValue does not hold where the key is missing, and a user has no service names.", {"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": ["example.amazonaws.com"]}})
    put("empty-block", "escalates", "An empty condition always holds.", {})
    put("deny-no-mfa", "escalates", "With MFA the deny does not apply.", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, effect="Deny")
    put("deny-tls", "escalates", "Over TLS the deny does not apply.", {"Bool": {"aws:SecureTransport": "false"}}, effect="Deny")
    put("deny-elsewhere", "escalates", "From the office the deny does not apply.", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, effect="Deny")
    put("deny-tag-has", "no", "The deny applies to its tag, which it may not change.", {"StringEquals": {"aws:PrincipalTag/team": "web"}}, effect="Deny", tags={"team": "web"})
    put("deny-tag-none", "escalates", "The deny asks for a tag that it has not.", {"StringEquals": {"aws:PrincipalTag/team": "web"}}, effect="Deny")
    put("deny-unless-tag", "no", "StringNotEquals holds where the tag is missing, so the deny applies.", {"StringNotEquals": {"aws:PrincipalTag/team": "core"}}, effect="Deny")
    put("deny-unless-me", "escalates", "The deny leaves it out by its ARN.", {"ArnNotEquals": {"aws:PrincipalArn": me("deny-unless-me")}}, effect="Deny")
    put("deny-unless-other", "no", "The deny leaves out another only.", {"ArnNotEquals": {"aws:PrincipalArn": me("break-glass")}}, effect="Deny")
    put("deny-always", "no", "The deny holds for every user: the ARN matches.", {"StringLike": {"aws:PrincipalArn": "*"}}, effect="Deny")
    put("same-condition", "no", "What the allow lets in by address the deny takes out by the same address.", OFFICE, [deny(PUT, "*", OFFICE)])
    put("same-mfa", "no", "Allowed with MFA only, and denied with MFA.", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, [deny(PUT, "*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}})])
    put("part-condition", "escalates", "The deny takes out one half of the addresses only.", OFFICE, [deny(PUT, "*", {"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}})])
    put("role-username", "no", never + "a role has no aws:username.", {"StringEquals": {"aws:username": "role-username"}}, kind="role")
    put("role-not-username", "escalates", "A role has no aws:username, and StringNotEquals holds where the key is missing.", {"StringNotEquals": {"aws:username": "break-glass"}}, kind="role")
    put("role-type", "escalates", "It is a role.", {"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, kind="role")
    put("role-arn", "escalates", "aws:PrincipalArn of a session is the ARN of the role.", {"ArnEquals": {"aws:PrincipalArn": a.arn("role/role-arn")}}, kind="role")
    put("role-tag", "no", never + "its tag has another value.", {"StringEquals": {"aws:PrincipalTag/team": "core"}}, kind="role", tags={"team": "web"})
    put("role-tag-self", "escalates", "It may set the tag on itself first.", {"StringEquals": {"aws:PrincipalTag/team": "core"}}, [allow("iam:TagRole")], kind="role")
    out.append(Case("condition", "global_keys", a))

    # Keys of IAM itself, and policy variables.
    a = base("121212120105", "lambda")
    a.weak_role("lambda")
    a.policy("small", allow(LOGS))
    a.policy("large", allow("s3:*"))
    a.role("web-lambda", "no", "May only write logs.", inline=[allow(LOGS)], trust=trust_service("lambda"))
    a.admin_role("core-lambda", trust_service("lambda"))
    a.admin_role("tagged-admin", tags={"owner": "web"})
    me = lambda name: a.arn(f"user/{name}")

    def one(name, verdict, why, sets, *statements, kind="user", version="2012-10-17", **extra):
        body = {"own": document(*statements, allow(LOGS), version=version)}
        (a.user if kind == "user" else a.role)(name, verdict, why, sets, inline=body, **extra)

    arn = lambda name: {"ArnEquals": {"iam:PolicyARN": name}}
    admin_policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    one("policy-admin", "escalates", "May attach AdministratorAccess to itself.", [64], allow(ATTACH, "*", arn(admin_policy)))
    one("policy-small", "no", "May attach only a policy that allows what it has.", [], allow(ATTACH, "*", arn(a.policy_arn("small"))))
    one("policy-large", "escalates", "May attach a policy that allows S3.", [64], allow(ATTACH, "*", arn(a.policy_arn("large"))))
    one("policy-not-admin", "escalates", "May attach every policy but one, IAMFullAccess among them.", [64], allow(ATTACH, "*", {"ArnNotEquals": {"iam:PolicyARN": admin_policy}}))
    one("policy-like-small", "no", "Only policies of this account whose names begin with small: there is one, and it gives nothing more.", [], allow(ATTACH, "*", {"ArnLike": {"iam:PolicyARN": a.arn("policy/small*")}}))
    one("policy-like-aws", "escalates", "May attach every policy of AWS.", [64], allow(ATTACH, "*", {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}))
    one("policy-denied", "no", "All policies of AWS and of the account are denied but the small one.", [], allow(ATTACH), deny(ATTACH, "*", {"ArnNotEquals": {"iam:PolicyARN": a.policy_arn("small")}}))
    one("role-policy-admin", "escalates", "May attach AdministratorAccess to itself.", [63], allow("iam:AttachRolePolicy", "*", arn(admin_policy)), kind="role")
    one("role-policy-small", "no", "May attach only a policy that allows what it has.", [], allow("iam:AttachRolePolicy", "*", arn(a.policy_arn("small"))), kind="role")
    a.policy("fence", allow(LOGS))
    a.policy("open-fence", allow("*"))
    fence = lambda name: {"StringEquals": {"iam:PermissionsBoundary": a.policy_arn(name)}}
    make = ["iam:CreateRole", "iam:PutRolePolicy"]
    one("fenced-make", "no", "Every role that it makes or fills must have a boundary that allows logs only.", [], allow(make, "*", fence("fence")))
    one("open-make", "escalates", "The boundary that new roles must have allows all.", [82], allow(make, "*", fence("open-fence")))
    one("half-fenced-make", "no", "New roles must have the boundary, it may not be taken off, and no other role can be entered.", [], allow("iam:CreateRole", "*", fence("fence")), allow("iam:PutRolePolicy"))
    one("fenced-lift", "escalates", "New roles must have the boundary, but it may be taken off afterwards.", [82], allow("iam:CreateRole", "*", fence("fence")), allow(["iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary"]))
    one("unfenced-put", "no", "PutUserPolicy only upon users with that boundary, and it has none.", [], allow(PUT, "*", fence("open-fence")))
    one("denied-unfenced", "no", "Without the boundary the calls are denied.", [], allow(make), deny(make, "*", {"StringNotEquals": {"iam:PermissionsBoundary": a.policy_arn("fence")}}))
    tagged = lambda value: {"StringEquals": {"aws:ResourceTag/owner": value}}
    one("tagged-role", "escalates", "The administrator role has the tag.", [74], allow("iam:UpdateAssumeRolePolicy", "*", tagged("web")))
    one("tagged-none", "no", "No role has the tag with that value, and it may set none.", [], allow("iam:UpdateAssumeRolePolicy", "*", tagged("core")))
    one("tagged-sets", "escalates", "It may set the tag on the administrator role first.", [74], allow("iam:UpdateAssumeRolePolicy", "*", tagged("core")), allow("iam:TagRole"))
    one("var-user", "escalates", "${aws:username} is its own name.", [72], allow(PUT, a.arn("user/${aws:username}")))
    one("var-user-prefix", "no", "The resource is another user's name, made from its own.", [], allow(PUT, a.arn("user/${aws:username}-bot")))
    one("var-old-version", "no", "Without version 2012-10-17 a variable is plain text.", [], allow(PUT, a.arn("user/${aws:username}")), version="2008-10-17")
    one("var-tag-core", "escalates", "The variable is its tag, and the role of that name is an administrator.", [88, 93],
        allow(LAMBDA), allow("iam:PassRole", a.arn("role/${aws:PrincipalTag/team}-lambda")), tags={"team": "core"})
    one("var-tag-web", "no", "The variable is its tag, and the role of that name is weak.", [],
        allow(LAMBDA), allow("iam:PassRole", a.arn("role/${aws:PrincipalTag/team}-lambda")), tags={"team": "web"})
    one("var-tag-none", "no", "It has no such tag, so the resource matches nothing.", [],
        allow(LAMBDA), allow("iam:PassRole", a.arn("role/${aws:PrincipalTag/team}-lambda")))
    one("var-default", "escalates", "It has no such tag, and the default names the administrator role.", [88, 93],
        allow(LAMBDA), allow("iam:PassRole", a.arn("role/${aws:PrincipalTag/team, 'core'}-lambda")))
    one("var-condition", "escalates", "The name in the condition is its own.", [72], allow(PUT, "*", {"StringEquals": {"aws:username": "${aws:username}"}}))
    one("var-condition-tag", "no", "Its tag is not its name.", [], allow(PUT, "*", {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}}), tags={"team": "core"})
    one("var-role", "no", "A role has no aws:username, so the resource matches nothing.", [], allow("iam:PutRolePolicy", a.arn("role/${aws:username}")), kind="role")
    one("var-account", "escalates", "The variable is the number of this account.", [72], allow(PUT, "arn:aws:iam::${aws:PrincipalAccount}:user/*"),
        doubt="Variables in the account part of an ARN are little described.")
    one("request-tag", "escalates", "It chooses the tags of the function that it makes.", [88, 93], allow(LAMBDA[0], "*", {"StringEquals": {"aws:RequestTag/project": "web"}}), allow([LAMBDA[1], "lambda:TagResource", "iam:PassRole"]))
    one("tag-keys", "escalates", "It chooses the tag keys of the function that it makes.", [88, 93], allow(LAMBDA[0], "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["project"]}}), allow([LAMBDA[1], "iam:PassRole"]))
    one("tag-keys-any", "escalates", "It chooses the tag keys of the function that it makes.", [88, 93], allow(LAMBDA[0], "*", {"ForAnyValue:StringEquals": {"aws:TagKeys": ["project", "stage"]}}), allow([LAMBDA[1], "lambda:TagResource", "iam:PassRole"]))
    one("region-lambda", "escalates", "Functions can be made in the named region.", [88, 93], allow(LAMBDA, "*", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), allow("iam:PassRole"))
    out.append(Case("condition", "iam_keys_and_variables", a))
    return out


def spelling():
    a = base("121212120006", "lambda")
    me = lambda name: a.arn(f"user/{name}")
    u = a.user
    no, yes = "No pattern matches an action that gains.", "The pattern matches the action."

    def word(name, verdict, action, why=None, sets=(72,), resource="*"):
        u(name, verdict, why or (yes if verdict == "escalates" else no), sets if verdict == "escalates" else [], inline=[allow(action, resource)])

    word("lower", "escalates", "iam:putuserpolicy", "Names of actions are read without regard to case.")
    word("upper", "escalates", "IAM:PUTUSERPOLICY", "Names of services and actions are read without regard to case.")
    word("mixed", "escalates", "Iam:pUtUsErPoLiCy", "Names of services and actions are read without regard to case.")
    word("question", "escalates", "iam:Put?serPolicy")
    word("questions", "escalates", "iam:" + "?" * len("PutUserPolicy"))
    word("question-many", "no", "iam:PutUserPolicy?", "The question mark stands for one more character, and no action is so named.")
    word("star-middle", "escalates", "iam:P*r*y")
    word("star-front", "escalates", "iam:*UserPolicy", sets=[64, 72])
    word("star-double", "escalates", "iam:**", sets=[60, 64, 72])
    word("star-case", "escalates", "iam:pUT*", sets=[69, 72])
    word("star-boundary", "no", "iam:Put*Boundary", "Only boundaries may be put, and a boundary grants nothing.")
    word("prefix-only", "no", "iam:PutUser", "There is no star, so the longer name does not match.")
    word("star-get", "no", "iam:Get*")
    word("star-other", "no", "iam:*Certificate?")
    word("list-of-one", "escalates", [PUT], "A list of one is as good as the string.")
    word("list-mixed", "escalates", ["s3:GetObject", "IAM:attachuserPOLICY"], sets=[64])
    word("resource-own", "escalates", PUT, "The resource is its own ARN.", resource=me("resource-own"))
    word("resource-question", "escalates", PUT, "The question marks match the rest of its name.", resource=me("resource-" + "?" * len("question")))
    word("resource-short", "no", PUT, "One question mark does not stand for five characters.", resource=me("resource-?"))
    word("resource-star-account", "escalates", PUT, "The star matches the number of the account.", resource="arn:aws:iam::*:user/resource-star-*")
    word("resource-no-account", "no", PUT, "The ARN of a user has an account, and here is none.", resource="arn:aws:iam:::user/resource-no-account")
    word("resource-wide", "escalates", PUT, "A star matches also the slash.", resource=f"arn:aws:iam::{a.number}:*")
    word("resource-s3", "no", PUT, "The resource names buckets.", resource=["arn:aws:s3:::*"])
    word("resource-partition", "no", PUT, "The ARN is of another partition.", resource=f"arn:aws-us-gov:iam::{a.number}:user/*")
    word("resource-list", "escalates", PUT, "One resource of the list is its own ARN.", resource=["arn:aws:s3:::*", me("resource-list")])

    def raw(name, verdict, why, body, sets=(72,)):
        u(name, verdict, why, sets if verdict == "escalates" else [], inline={"own": body})

    raw("statement-object", "escalates", "A single statement may stand without a list.", {"Version": "2012-10-17", "Statement": allow(PUT)})
    raw("no-version", "escalates", "Version may be left out; there is no variable in it.", {"Statement": [allow(PUT)]})
    raw("with-id", "escalates", "Id and Sid change nothing.", {"Id": "example", "Version": "2012-10-17", "Statement": [{"Sid": "ReadOnly", **allow(PUT)}]})
    lower = {"version": "2012-10-17", "statement": [{"effect": "Allow", "action": PUT, "resource": "*"}]}
    raw("elements-lower", "escalates", "Names of elements are read without regard to case.", lower)
    upper = {"Version": "2012-10-17", "STATEMENT": [{"EFFECT": "Allow", "ACTION": [PUT], "RESOURCE": "*"}]}
    raw("elements-upper", "escalates", "Names of elements are read without regard to case.", upper)
    for name in ("elements-lower", "elements-upper"):
        a.doubts[me(name)] = "IAM takes element names in any case, but the user guide does not say so plainly."
    raw("encoded", "escalates", "The document is URL-encoded, as the API gives it.", encoded(document(allow(PUT))))
    raw("encoded-weak", "no", "The document is URL-encoded, and reads only.", encoded(document(allow("iam:Get*"))))
    raw("deny-case", "no", "The deny is read without regard to case too.", document(allow(PUT), deny("IAM:PUT*")))
    raw("deny-question", "no", "The pattern of the deny matches.", document(allow(PUT), deny("iam:Put????Policy")))
    raw("deny-near", "escalates", "The pattern of the deny has one question mark too few.", document(allow(PUT), deny("iam:Put???Policy")))
    raw("operator-case", "no", "The operator is read without regard to case, and the name is another's.", document(allow(PUT, "*", {"stringequals": {"aws:username": "break-glass"}})))
    a.doubts[me("operator-case")] = "The case of operators is little described; if the operator were unknown the statement would not be valid."
    a.role("role-pass", "escalates", "Names of services and actions are read without regard to case.", [88, 93], inline=[allow(["IAM:passrole", "LAMBDA:*function"])])
    a.role("role-pass-not", "no", "lambda:Create?unction? matches no action.", [], inline=[allow(["iam:PassRole", "lambda:Create?unction?"])])
    a.role("role-encoded", "escalates", "The documents are URL-encoded, as the API gives them.", [71],
           inline={"own": encoded(document(allow("iam:PutRolePolicy")))}, trust=encoded(a.trust_saml()))
    a.role("role-single", "escalates", "A single statement may stand without a list.", [63], inline={"own": {"Version": "2012-10-17", "Statement": allow("iam:attach*policy")}})
    return Case("spelling", "words", a)


def own_user():
    a = base("121212120007", keys=1)
    a.user("plain", "no", "May only write logs.", inline=[allow(LOGS)])
    a.group("admins", attached=["aws:AdministratorAccess"])
    me = lambda name: a.arn(f"user/{name}")
    var = a.arn("user/${aws:username}")

    def one(name, verdict, why, action, resource, sets=(), **extra):
        a.user(name, verdict, why, sets, inline=[allow(action, resource), allow(LOGS)], **extra)

    nothing = "It reaches only itself, and another way in gives nothing that it has not."
    one("key", "no", nothing, "iam:CreateAccessKey", var)
    one("key-exact", "no", nothing, "iam:CreateAccessKey", me("key-exact"))
    one("login", "no", nothing, "iam:CreateLoginProfile", var)
    one("login-change", "no", nothing, "iam:UpdateLoginProfile", var, password=True)
    one("change-password", "no", nothing, "iam:ChangePassword", var, password=True)
    one("keys-all", "no", nothing, ["iam:*AccessKey*", "iam:*LoginProfile", "iam:*MFADevice"], [var, a.arn("mfa/*")], password=True)
    one("ssh-keys", "no", nothing, ["iam:*SSHPublicKey", "iam:*SigningCertificate"], var)
    one("tag-me", "no", "Tags of its own, and no condition anywhere asks for them.", "iam:TagUser", var)
    one("put", "escalates", "It may write any policy into itself.", PUT, var, [72])
    one("put-exact", "escalates", "It may write any policy into itself.", PUT, me("put-exact"), [72])
    one("attach", "escalates", "It may attach any policy to itself.", ATTACH, var, [64])
    one("attach-exact", "escalates", "It may attach any policy to itself.", ATTACH, me("attach-exact"), [64])
    one("star-own", "escalates", "All of IAM upon itself includes PutUserPolicy.", "iam:*", var, [64, 72])
    one("all-own", "escalates", "All actions upon itself include PutUserPolicy.", "*", me("all-own"), [64, 72])
    one("put-other", "no", "It may write policies into another user, but has no way into it.", PUT, me("plain"))
    one("attach-other", "no", "It may attach policies to another user, but has no way into it.", ATTACH, me("plain"))
    one("put-and-key-other", "escalates", "It may write policies into another user and make a key for it.", [PUT, "iam:CreateAccessKey"], me("plain"), [80])
    one("attach-and-key-other", "escalates", "It may attach policies to another user and make a key for it.", [ATTACH, "iam:CreateAccessKey"], me("plain"), [78])
    one("put-and-key-split", "no", "It may write into another but make keys for itself only.", PUT, me("plain"))
    a.users["put-and-key-split"]["UserPolicyList"].append({"PolicyDocument": document(allow("iam:CreateAccessKey", var)), "PolicyName": "second"})
    one("join-own", "no", "AddUserToGroup is about the group, and the resource is the user.", "iam:AddUserToGroup", var)
    one("join-group", "escalates", "AddUserToGroup is about the group, which the resource names.", "iam:AddUserToGroup", a.arn("group/admins"), [61])
    one("path-missed", "no", "Its ARN has a path, which the resource leaves out.", PUT, me("path-missed"), path="/eng/")
    one("path-hit", "escalates", "The resource has the path of its ARN.", PUT, a.arn("user/eng/path-hit"), [72], path="/eng/")
    one("path-star", "escalates", "The star stands for the path too.", ATTACH, a.arn("user/*"), [64], path="/eng/ops/")
    one("path-variable", "no", "${aws:username} has no path, and its ARN has one.", PUT, var, path="/eng/")
    one("delete-own", "no", "It may only take away from itself.", ["iam:DeleteUserPolicy", "iam:DetachUserPolicy"], var)
    a.user("change-managed", "no", "IAMUserChangePassword is about its own password.", [], attached=["aws:IAMUserChangePassword"], password=True)
    a.role("role-own-put", "escalates", "It may write any policy into itself.", [71], inline=[allow("iam:PutRolePolicy", a.arn("role/role-own-put"))])
    a.role("role-own-attach", "escalates", "It may attach any policy to itself.", [63], inline=[allow("iam:AttachRolePolicy", a.arn("role/role-own-attach"))])
    a.role("role-other-put", "no", "It may write into another role that nobody here can enter.", [], inline=[allow("iam:PutRolePolicy", a.arn("role/admin-by-idp"))])
    a.role("role-own-trust", "no", "It may change who enters itself, which gives it nothing.", [], inline=[allow("iam:UpdateAssumeRolePolicy", a.arn("role/role-own-trust"))])
    return Case("own_user", "oneself", a)


def administrator():
    a = Account("121212120008")
    u, r = a.user, a.role
    a.policy("AdministratorAccess", allow(LOGS))
    a.policy("everything", allow("*"))
    a.policy("Harmless-Logs", allow("*"))
    a.policy("all-but-iam", allow_not("iam:*"))
    a.policy("only-iam", allow("iam:*"))
    a.policy("never-all", allow("*", "*", NEVER))
    a.policy("older-all", versions={"v1": [allow("*")], "v2": [allow(LOGS)]}, default="v2")
    a.policy("newer-all", versions={"v1": [allow(LOGS)], "v2": [allow("*")], "v3": [allow(LOGS)]}, default="v2")
    a.group("admins", inline=[allow("*")])
    a.group("viewers", attached=["aws:SecurityAudit"])
    all_, why = "administrator", "Every action on every resource is allowed, and nothing denies."
    u("star", all_, why, inline=[allow("*")])
    u("star-list", all_, why, inline=[allow(["*"], ["*"])])
    u("star-colon", all_, why, inline=[allow("*:*")])
    u("managed-aws", all_, why, attached=["aws:AdministratorAccess"])
    u("managed-own", all_, why, attached=["everything"])
    u("odd-name", all_, "The name of the policy does not matter; its document allows all.", attached=["Harmless-Logs"])
    u("by-group", all_, why, groups=["admins"])
    u("two-policies", all_, "All but IAM and IAM together are all.", attached=["all-but-iam", "only-iam"])
    u("two-nots", all_, "What one statement leaves out the other allows.", inline=[allow_not("s3:*"), allow_not("iam:*")])
    u("user-and-group", all_, "The group allows all.", inline=[allow(LOGS)], groups=["viewers", "admins"])
    u("default-newer", all_, "The default version allows all.", attached=["newer-all"])
    u("with-mfa", all_, "All is allowed with MFA, which a request can have.", inline=[allow("*", "*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}})])
    u("from-office", all_, "All is allowed from an address that requests can come from.", inline=[allow("*", "*", OFFICE)])
    u("encoded", all_, why, inline={"own": encoded(document(allow("*")))})
    r("role-star", all_, why, inline=[allow("*")])
    r("role-two", all_, "All but IAM and IAM together are all.", attached=["all-but-iam"], inline=[allow("iam:*")])
    r("svc-backup", all_, why, attached=["everything"])
    strict = "By the letter not every action is allowed; a reader may call it administrator none the less."
    u("power-and-iam", "escalates", "PowerUserAccess and IAMFullAccess leave out organizations and account; IAM can lift that.", [60, 64, 72], attached=["aws:PowerUserAccess", "aws:IAMFullAccess"], doubt=strict)
    u("minus-harmless", "escalates", "One action is denied, and IAM can lift that.", [60, 64, 72], inline=[allow("*"), deny("s3:DeleteBucket")], doubt=strict)
    u("minus-bucket", "escalates", "One bucket is denied, and IAM can lift that.", [60, 64, 72], inline=[allow("*"), deny("s3:*", "arn:aws:s3:::example-audit*")], doubt=strict)
    u("iam-only", "escalates", "iam:* upon itself.", [60, 64, 72], attached=["only-iam"])
    u("not-s3", "escalates", "All but S3, IAM among it.", [60, 64, 72], inline=[allow_not("s3:*")])
    u("name-only", "no", "A policy of the account is named AdministratorAccess; its document allows logs only.", attached=["AdministratorAccess"])
    u("admin-name", "no", "The name of the user does not matter.", inline=[allow(LOGS)])
    u("root", "no", "A user named root is not the root user of the account.", inline=[allow(LOGS)])
    u("not-default", "no", "The version that allows all is not the default.", attached=["older-all"])
    u("never", "no", "The allow is bound to a date in the past.", attached=["never-all"])
    u("star-buckets", "no", "All actions, on buckets only.", inline=[allow("*", "arn:aws:s3:::*")])
    u("star-nobody", "no", "All actions, under a tag that it has not.", inline=[allow("*", "*", {"StringEquals": {"aws:PrincipalTag/rank": "admin"}})])
    u("viewer", "no", "SecurityAudit reads only.", groups=["viewers"])
    u("nothing", "no", "It has no policy at all.")
    r("Administrator", "no", "The name of the role does not matter.", inline=[allow(LOGS)])
    r("OrganizationAccountAccessRole", "no", "The name of the role does not matter.", attached=["AdministratorAccess"])
    a.service_linked("Support", "support.amazonaws.com", ["s3:List*", "ec2:Describe*"])
    a.service_linked("Example", "example.amazonaws.com", ["s3:*", "kms:*"])
    return Case("administrator", "ways", a)


def admin_denied():
    a = base("121212120009")
    u, r = a.user, a.role
    star = allow("*")
    shut = ["iam:*", "sts:AssumeRole", "sso:*", "organizations:*"]
    a.policy("deny-all", deny("*"))
    a.policy("deny-iam", deny(shut))
    a.policy("deny-one", deny("s3:DeleteBucket"))
    a.group("locked", inline=[deny("*")])
    a.group("no-iam", inline=[deny(shut)])
    a.group("no-delete", inline=[deny("s3:DeleteBucket")])
    strict = "By the letter not every action is allowed; a reader may call it administrator none the less."
    lost = "IAM, AssumeRole and Identity Center are denied, so there is no way to lift the deny."
    u("all-inline", "no", "All is denied.", inline=[star, deny("*")])
    u("all-managed", "no", "All is denied.", inline=[star], attached=["deny-all"])
    u("all-group", "no", "All is denied by the group.", attached=["aws:AdministratorAccess"], groups=["locked"])
    u("iam-managed", "no", lost, attached=["aws:AdministratorAccess", "deny-iam"])
    u("iam-group", "no", lost, inline=[star], groups=["no-iam"])
    u("all-but-bucket", "no", "All is denied but on one bucket.", inline=[star, {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::example-box*"}])
    u("all-but-s3", "no", "All but S3 is denied.", inline=[star, deny_not("s3:*")])
    u("all-but-iam", "escalates", "All but IAM is denied, and IAM can lift that.", [60, 64, 72], inline=[star, deny_not("iam:*")])
    u("untagged", "no", "All is denied to who has not the tag, and it may not set the tag.", inline=[star, deny("*", "*", {"StringNotEquals": {"aws:PrincipalTag/rank": "admin"}})])
    u("tagged", "administrator", "All is denied to who has not the tag, and it has the tag.", inline=[star, deny("*", "*", {"StringNotEquals": {"aws:PrincipalTag/rank": "admin"}})], tags={"rank": "admin"})
    u("never", "administrator", "The deny is bound to a date in the past.", inline=[star, deny("*", "*", NEVER)])
    u("no-mfa", "administrator", "With MFA the deny does not apply.", inline=[star, deny("*", "*", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})])
    u("elsewhere", "administrator", "From the office the deny does not apply.", inline=[star, deny("*", "*", {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})])
    u("other-user", "administrator", "The deny is for another user's name.", inline=[star, deny("*", "*", {"StringEquals": {"aws:username": "break-glass"}})])
    u("put-denied", "escalates", "PutUserPolicy is denied inline, and AttachUserPolicy and DeleteUserPolicy are not.", [64], inline=[star, deny([PUT])], doubt=strict)
    u("one-denied", "escalates", "One action is denied by a policy that it may detach.", [60, 64, 72], inline=[star], attached=["deny-one"], doubt=strict)
    u("one-denied-group", "escalates", "One action is denied by a group that it may leave.", [60, 64, 72], inline=[star], groups=["no-delete"], doubt=strict)
    u("read-denied", "escalates", "Reading logs is denied inline, which IAM can lift.", [60, 64, 72], inline=[star, deny("logs:Get*")], doubt=strict)
    r("role-all", "no", "All is denied.", attached=["aws:AdministratorAccess", "deny-all"])
    r("role-iam", "no", lost, attached=["aws:AdministratorAccess", "deny-iam"])
    r("role-never", "administrator", "The deny is bound to a date in the past.", inline=[star, deny("*", "*", NEVER)])
    r("role-one", "escalates", "One action is denied by a policy that it may detach.", [60, 63, 71], inline=[star], attached=["deny-one"], doubt=strict)
    r("role-username", "administrator", "The deny is for the name of a user, and a role has none.", inline=[star, deny("*", "*", {"StringLike": {"aws:username": "*"}})])
    b = base("121212120109", "lambda")
    b.admin_role("admin-by-root", b.trust_root())
    b.user("enters", "escalates", "IAM is denied, but sts:AssumeRole is not, and an administrator role trusts the account.", [110], inline=[star, deny(["iam:*", "lambda:Update*"])])
    b.user("changes", "escalates", "IAM and AssumeRole are denied, but changing a function's code is not, and a stronger role trusts lambda.", [86], inline=[star, deny(["iam:*", "sts:*"])])
    b.user("shut", "no", "IAM, AssumeRole, Identity Center and changes to functions are denied.", inline=[star, deny([*shut, "lambda:*"])])
    b.role("role-enters", "escalates", "IAM is denied, but sts:AssumeRole is not.", [110], inline=[star, deny("iam:*")])
    b.role("role-shut", "no", "IAM, AssumeRole, Identity Center and changes to functions are denied.", inline=[star, deny([*shut, "lambda:*"])])
    return [Case("admin_denied", "denies", a), Case("admin_denied", "ways_around", b)]


def unknown():
    a = base("121212120010")
    for name in ("lost", "lost-limit"):
        a.policy(name, listed=False)
    a.policy("b-logs", allow(LOGS))
    a.policy("all-denied", deny("*"))
    a.policy("no-json", raw="{not json")
    a.policy("no-default", versions={"v1": [allow(LOGS)], "v2": [allow("*")]}, default="v2")
    rows = a.policies["no-default"]["PolicyVersionList"]
    a.policies["no-default"]["PolicyVersionList"] = [row for row in rows if row["VersionId"] != "v2"]
    a.policy("old-no-json", versions={"v1": [allow(LOGS)], "v2": [allow(LOGS)]}, default="v2")
    a.policies["old-no-json"]["PolicyVersionList"][1]["Document"] = "{not json"
    a.group("dark", attached=["lost"])
    a.group("light", inline=[allow(LOGS)])
    u, r = a.user, a.role
    missing = "The document of an attached policy is missing, and nothing else decides."
    u("lost-managed", "unknown", missing, attached=["lost"])
    u("lost-and-logs", "unknown", missing, inline=[allow(LOGS)], attached=["lost"])
    u("lost-group", "unknown", "The document of a policy of its group is missing.", groups=["dark"])
    u("lost-two-groups", "unknown", "The document of a policy of one of its groups is missing.", groups=["light", "dark"])
    u("unreadable-managed", "unknown", "The default version cannot be read.", attached=["no-json"])
    u("unreadable-inline", "unknown", "The inline policy cannot be read.", inline={"own": "%7B%22Version%22%3A"})
    u("default-missing", "unknown", "The default version is not in the list of versions.", attached=["no-default"])
    u("lost-boundary", "unknown", "The policy allows all and the boundary's document is missing.", inline=[allow("*")], boundary="lost-limit")
    r("role-lost", "unknown", missing, attached=["lost"])
    r("role-unreadable", "unknown", "The inline policy cannot be read.", inline={"own": "{not json"})
    r("role-lost-boundary", "unknown", "The policy allows to fill itself and the boundary's document is missing.", inline=[allow("iam:PutRolePolicy")], boundary="lost-limit")
    r("role-default-missing", "unknown", "The default version is not in the list of versions.", attached=["no-default"])
    u("lost-but-bounded", "no", "Whatever the missing document says, the boundary leaves logs only.", attached=["lost"], boundary="b-logs")
    u("lost-but-denied", "no", "Whatever the missing document says, all is denied.", attached=["lost", "all-denied"])
    u("lost-group-denied", "no", "Whatever the missing document says, all is denied.", inline=[deny("*")], groups=["dark"])
    u("logs-lost-boundary", "no", "Whatever the missing boundary says, it grants nothing, and the policy allows logs.", inline=[allow(LOGS)], boundary="lost-limit")
    u("old-unreadable", "no", "The version that cannot be read is not the default, and it may not make it so.", attached=["old-no-json"])
    u("light-only", "no", "Its group allows logs; the other group is none of its.", groups=["light"])
    r("role-lost-denied", "no", "Whatever the missing document says, all is denied.", attached=["lost", "all-denied"])
    r("role-lost-bounded", "no", "Whatever the missing document says, the boundary leaves logs only.", attached=["lost"], boundary="b-logs")
    u("put-readable", "escalates", "Its own documents can all be read.", [72], inline=[allow(PUT)])

    b = Account("121212120110")
    b.policy("lost-runner", listed=False)
    b.user("star", "administrator", "Every action on every resource is allowed, and nothing denies.", inline=[allow("*")])
    b.role("runner", "unknown", "The document of its only policy is missing.", attached=["lost-runner"], trust=trust_service("lambda"))
    b.user("passes", "unknown", "The only role that it may pass has a policy whose document is missing.", inline=[allow(["iam:PassRole", *LAMBDA])])
    b.user("passes-not", "no", "It may pass no role, whatever the role may do.", inline=[allow(LAMBDA)])
    b.role("passes-role", "unknown", "The only role that it may pass has a policy whose document is missing.", inline=[allow(["iam:PassRole", *LAMBDA])])
    c = Account("121212120210")
    c.policy("lost-runner", listed=False)
    c.admin_user()
    c.role("runner", "unknown", "The document of its only policy is missing.", attached=["lost-runner"], trust=trust_service("lambda"))
    c.runner("lambda", "strong-runner")
    c.user("passes-any", "escalates", "One role is unknown, but another that it may pass is an administrator.", [88, 93], inline=[allow(["iam:PassRole", *LAMBDA])])
    c.user("passes-one", "unknown", "It may pass only the role whose document is missing.", inline=[allow(LAMBDA), allow("iam:PassRole", c.role_arn("runner"))])
    return [Case("unknown", "documents", a), Case("unknown", "target_only", b), Case("unknown", "target_among_others", c)]


def cases():
    return [deny_elsewhere(), boundary(), *not_action(), not_resource(), *condition(), spelling(), own_user(),
            administrator(), *admin_denied(), *unknown()]
