"""Families about what can be reached: keys, roles to enter, other accounts, chains, versions of policies."""

from accounts import LOGS, Account, Case, allow, deny, document, trust, trust_service

KEY, UNKEY = "iam:CreateAccessKey", "iam:DeleteAccessKey"
LOGIN, RELOGIN, UNLOGIN = "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:DeleteLoginProfile"
LAMBDA = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]
NEVER = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}


def keys():
    out = []
    a = Account("131313130001")
    a.key_default = 2
    a.admin_user("admin-no-key", keys=0)
    a.admin_user("admin-one-key", keys=1)
    a.admin_user("admin-two-keys", keys=2, password=True)
    a.user("weak-no-key", "no", "May only write logs.", inline=[allow(LOGS)], keys=0)
    to = lambda name: a.arn(f"user/{name}")

    def one(name, verdict, why, sets, action, target, more=(), kind="user"):
        (a.user if kind == "user" else a.role)(name, verdict, why, sets, inline=[allow(action, target), allow(LOGS), *more])

    room, full = "The administrator has room for another key.", "The administrator has two keys, which is the most, and none may be deleted."
    one("key-none", "escalates", room, [65], KEY, to("admin-no-key"))
    one("key-one", "escalates", room, [65], KEY, to("admin-one-key"))
    one("key-two", "no", full, [], KEY, to("admin-two-keys"))
    one("key-two-delete", "escalates", "The administrator has two keys, and one may be deleted first.", [79], [KEY, UNKEY], to("admin-two-keys"))
    one("key-two-delete-other", "no", "Keys of the other may be deleted, not of the administrator who has two.", [], KEY, to("admin-two-keys"), [allow(UNKEY, to("weak-no-key"))])
    one("key-two-delete-denied", "no", "Deleting keys is denied.", [], [KEY, UNKEY], to("admin-two-keys"), [deny("iam:Delete*")])
    one("delete-only", "no", "Deleting keys gives nothing.", [], UNKEY, "*")
    one("key-weak", "no", "The user may only write logs.", [], KEY, to("weak-no-key"))
    one("key-denied", "no", "Making keys for the administrators is denied.", [], KEY, "*", [deny(KEY, to("admin-*"))])
    one("key-missed", "no", "The resource is no user of the account.", [], KEY, to("admin-gone"))
    one("activate", "no", "UpdateAccessKey turns on a key whose secret nobody shows again.", [], "iam:UpdateAccessKey", "*")
    one("list", "no", "Listing keys shows no secret.", [], ["iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"], "*")
    one("role-key-one", "escalates", room, [65], KEY, to("admin-one-key"), kind="role")
    one("role-key-two", "no", full, [], KEY, to("admin-two-keys"), kind="role")
    one("role-key-two-delete", "escalates", "The administrator has two keys, and one may be deleted first.", [79], [KEY, UNKEY], to("admin-two-keys"), kind="role")
    one("login-none", "escalates", "The administrator has no password, and one may be made.", [66], LOGIN, to("admin-one-key"))
    one("login-there", "no", "The administrator has a password, so CreateLoginProfile fails.", [], LOGIN, to("admin-two-keys"))
    one("relogin-there", "escalates", "The administrator has a password, and it may be set.", [75], RELOGIN, to("admin-two-keys"))
    one("relogin-none", "no", "The administrator has no password, so UpdateLoginProfile fails.", [], RELOGIN, to("admin-one-key"))
    one("login-both", "escalates", "One of the two calls works whatever there is.", [66], [LOGIN, RELOGIN], to("admin-no-key"))
    one("login-again", "escalates", "The password may be taken away and made anew.", [66], [LOGIN, UNLOGIN], to("admin-two-keys"))
    one("unlogin", "no", "Taking a password away gives nothing.", [], UNLOGIN, "*")
    one("login-weak", "no", "The user may only write logs.", [], LOGIN, to("weak-no-key"))
    one("role-login-none", "escalates", "The administrator has no password, and one may be made.", [66], LOGIN, to("admin-*"), kind="role")
    one("role-relogin-none", "no", "The administrator has no password.", [], RELOGIN, to("admin-one-key"), kind="role")
    one("mixed-wrong", "no", "A key where there are two and a new password where there is one.", [], [KEY, LOGIN], to("admin-two-keys"))
    out.append(Case("keys", "two_keys", a))

    b = Account("131313130002")
    b.key_default = 2
    b.admin_user("admin-a", keys=2, password=True)
    b.admin_user("admin-b", keys=2, password=True)
    for name, verdict, sets, action, why in (
        ("key-all", "no", [], KEY, "Every user has two keys."),
        ("login-all", "no", [], LOGIN, "Every stronger user has a password, and the others give nothing more."),
        ("relogin-all", "escalates", [75], RELOGIN, "The administrators have passwords."),
        ("key-and-delete", "escalates", [79], [KEY, UNKEY], "A key may be deleted first."),
        ("key-and-login", "no", [], [KEY, LOGIN], "Every user has two keys and the administrators have passwords."),
    ):
        b.user(name, verdict, why, sets, inline=[allow(action)], password=True)
    b.role("role-key-all", "no", "Every user has two keys.", inline=[allow(KEY)])
    b.role("role-relogin-all", "escalates", "The administrators have passwords.", [75], inline=[allow(RELOGIN)])
    out.append(Case("keys", "all_full", b))
    return out


def assume():
    out = []
    a = Account("131313130003")
    a.key_default = 2
    a.admin_user(keys=2, password=True)
    enter, logs = allow("sts:AssumeRole"), allow(LOGS)
    enter_on = lambda role: allow("sts:AssumeRole", a.arn(f"role/{role}"))
    u, r = a.user, a.role
    u("named", "escalates", "The trust names it, which is enough in the same account.", [110], inline=[logs])
    u("named-allowed", "escalates", "The trust names it and its policy allows it.", [110], inline=[enter_on("to-named-allowed")])
    u("named-denied", "no", "The trust names it, but its policy denies sts:AssumeRole.", inline=[logs, deny("sts:AssumeRole")])
    u("named-elsewhere", "no", "The trust names a user of the same name in another account.", inline=[enter_on("to-named-elsewhere")])
    u("named-other", "no", "The trust names another user.", inline=[enter_on("to-named")])
    u("named-gone", "no", "The trust names a user that was deleted, by its id.", inline=[enter_on("to-gone")])
    u("named-never", "no", "The trust names it until a date in the past.", inline=[enter_on("to-named-never")])
    u("named-trust-deny", "no", "The trust names it in a deny too.", inline=[enter_on("to-named-trust-deny")])
    u("named-tag-session", "no", "The trust allows it sts:TagSession only.", inline=[enter_on("to-named-tag-session")])
    u("named-external", "escalates", "The caller gives the external id.", [110], inline=[logs])
    u("named-mfa", "escalates", "The caller can log in with MFA.", [110], inline=[logs])
    u("named-session-name", "escalates", "The caller picks the name of the session.", [110], inline=[logs])
    u("named-list", "escalates", "It is one of the users that the trust names.", [110], inline=[logs])
    u("named-weak", "no", "The role may only write logs, which it may do itself.", inline=[logs])
    u("root-allowed", "escalates", "The trust is in the account, and its policy allows sts:AssumeRole.", [110], inline=[enter_on("to-root")])
    u("root-number", "escalates", "The number of the account is as good as its root ARN.", [110], inline=[enter_on("to-number")])
    u("root-not-allowed", "no", "The trust is in the account, which delegates to policies, and none allows it.", inline=[logs])
    u("root-denied", "no", "An explicit deny wins.", inline=[enter, deny("sts:Assume*")])
    u("root-other-resource", "no", "Its policy allows the weak role only.", inline=[logs, enter_on("to-named-weak")])
    u("root-condition", "escalates", "The trust is in the account for callers with a tag that it has.", [110], inline=[enter_on("to-root-tagged")], tags={"team": "core"})
    u("root-condition-not", "no", "The trust is in the account for callers with a tag that it has not.", inline=[enter_on("to-root-tagged")], tags={"team": "web"})
    u("root-arn", "escalates", "The trust is in the account for callers with an ARN like its own.", [110], inline=[enter_on("to-root-arn")])
    u("other-arn", "no", "The trust is in the account for callers with other ARNs.", inline=[enter_on("to-root-arn")])
    u("saml-only", "no", "The trust is in an identity provider only.", inline=[enter_on("to-saml")])
    u("service-only", "no", "The trust is in a service only.", inline=[enter_on("to-service")])
    u("wrong-call", "no", "AssumeRoleWithSAML is another call.", inline=[allow("sts:AssumeRoleWithSAML")])
    u("star-call", "escalates", "sts:* includes AssumeRole, and a role trusts the account.", [110], inline=[allow("sts:*", a.arn("role/to-root"))])
    u("wild-condition", "escalates", "Any principal is trusted whose ARN is its own.", [110], inline=[enter_on("to-wild")])
    u("wild-condition-not", "no", "Any principal is trusted whose ARN is another's.", inline=[enter_on("to-wild")])
    u("wild-never", "no", "Any principal of another account is trusted.", inline=[enter_on("to-wild-account")])
    r("role-named", "escalates", "The trust names it, which is enough in the same account.", [110], inline=[logs])
    r("role-named-denied", "no", "The trust names it, but its policy denies sts:AssumeRole.", inline=[logs, deny("sts:*")])
    r("role-root", "escalates", "The trust is in the account, and its policy allows it.", [110], inline=[enter_on("to-root")])
    r("role-root-not", "no", "The trust is in the account, and no policy allows it.", inline=[logs])
    r("role-saml", "no", "The trust is in an identity provider only.", inline=[enter_on("to-saml")])

    def admin(name, body):
        a.admin_role(name, body)

    arn = a.user_arn
    admin("to-named", a.trust_users("named"))
    admin("to-named-allowed", a.trust_users("named-allowed"))
    admin("to-named-denied", a.trust_users("named-denied"))
    admin("to-named-elsewhere", trust({"AWS": "arn:aws:iam::999999999999:user/named-elsewhere"}))
    admin("to-gone", trust({"AWS": "AIDAEXAMPLEGONE000001"}))
    admin("to-named-never", a.trust_users("named-never", condition=NEVER))
    admin("to-named-trust-deny", document(
        {"Effect": "Allow", "Principal": {"AWS": arn("named-trust-deny")}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": arn("named-trust-deny")}, "Action": "sts:*"}))
    admin("to-named-tag-session", trust({"AWS": arn("named-tag-session")}, "sts:TagSession"))
    admin("to-named-external", a.trust_users("named-external", condition={"StringEquals": {"sts:ExternalId": "example-ticket"}}))
    admin("to-named-mfa", a.trust_users("named-mfa", condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    admin("to-named-session-name", a.trust_users("named-session-name", condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}}))
    admin("to-named-list", a.trust_users("break-glass", "named-list"))
    a.role("to-named-weak", "no", "May only write logs.", inline=[logs], trust=a.trust_users("named-weak"))
    admin("to-root", a.trust_root())
    admin("to-number", trust({"AWS": a.number}))
    admin("to-root-tagged", a.trust_root({"StringEquals": {"aws:PrincipalTag/team": "core"}}))
    admin("to-root-arn", a.trust_root({"ArnLike": {"aws:PrincipalArn": a.arn("user/root-*")}}))
    admin("to-saml", a.trust_saml())
    admin("to-service", trust_service("glue"))
    admin("to-wild", trust("*", condition={"ArnEquals": {"aws:PrincipalArn": a.arn("user/wild-condition")}}))
    admin("to-wild-account", trust({"AWS": "*"}, condition={"StringEquals": {"aws:PrincipalAccount": "999999999999"}}))
    admin("to-role-named", a.trust_roles("role-named"))
    admin("to-role-named-denied", a.trust_roles("role-named-denied"))
    out.append(Case("assume", "trusts", a))

    b = Account("131313130004")
    b.key_default = 2
    b.admin_user(keys=2, password=True)
    b.admin_role("to-org", trust("*", condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}))
    b.user("org-allowed", "escalates", "Any principal of the organisation is trusted, this account is in it, and its policy allows the call.", [110], inline=[allow("sts:AssumeRole")])
    b.user("org-denied", "no", "Its policy denies the call.", inline=[allow(LOGS), deny("sts:AssumeRole")])
    b.role("role-org-allowed", "escalates", "Any principal of the organisation is trusted, and its policy allows the call.", [110], inline=[allow("sts:AssumeRole")])
    b.role("role-org-denied", "no", "Its policy denies the call.", inline=[deny("sts:*")])
    case = Case("assume", "own_organisation", b)
    case.files["organizations-describe-organization"] = {"Organization": {
        "Arn": "arn:aws:organizations::999999990001:organization/o-exampleorg1", "FeatureSet": "ALL", "Id": "o-exampleorg1",
        "MasterAccountArn": "arn:aws:organizations::999999990001:account/o-exampleorg1/999999990001",
        "MasterAccountEmail": "owner@example.com", "MasterAccountId": "999999990001"}}
    out.append(case)
    c = Account("131313130005")
    c.key_default = 2
    c.admin_user(keys=2, password=True)
    c.admin_role("to-other-org", trust("*", condition={"StringEquals": {"aws:PrincipalOrgID": "o-otherorg99"}}))
    c.user("org-allowed", "no", "Only principals of another organisation are trusted.", inline=[allow("sts:AssumeRole")])
    c.user("org-plain", "no", "Only principals of another organisation are trusted.", inline=[allow(LOGS)])
    c.role("role-org-allowed", "no", "Only principals of another organisation are trusted.", inline=[allow("sts:AssumeRole")])
    case2 = Case("assume", "other_organisation", c)
    case2.files = case.files
    out.append(case2)

    d = Account("131313130006")
    d.key_default = 2
    d.admin_user(keys=2, password=True)
    doubt = "The user guide says that NotPrincipal cannot be used in a trust policy, so such a role may not exist."
    for name in ("let", "shut"):
        d.user(name, "escalates" if name == "let" else "no",
               "NotPrincipal leaves it out of the deny, and its policy allows the call." if name == "let" else "NotPrincipal does not leave it out of the deny.",
               [110] if name == "let" else [], inline=[allow("sts:AssumeRole")], doubt=doubt)
    d.user("outside", "no", "It may not call sts:AssumeRole.", inline=[allow(LOGS)])
    d.admin_role("to-let", document(
        {"Effect": "Allow", "Principal": {"AWS": d.arn("root")}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": [d.arn("root"), d.arn("user/let")]}, "Action": "sts:AssumeRole"}))
    out.append(Case("assume", "not_principal", d))
    return out


def cross_account():
    out = []
    a, b = Account("141414140001"), Account("141414140002")
    for account in (a, b):
        account.key_default = 2
        account.admin_user(keys=2, password=True)
    enter, logs = allow("sts:AssumeRole"), allow(LOGS)
    on = lambda role: allow("sts:AssumeRole", b.arn(f"role/{role}"))
    u = a.user
    u("both", "escalates", "Across accounts both must allow: the trust names it and its policy allows the call.", [110], inline=[on("for-both")])
    u("trust-only", "no", "Across accounts its own policy must allow the call too, and none does.", inline=[logs])
    u("policy-only", "no", "The trust does not name it.", inline=[on("for-both"), on("for-nobody")])
    u("by-root", "escalates", "The trust is in its account, and its policy allows the call.", [110], inline=[on("for-root")])
    u("by-root-no", "no", "The trust is in its account, and no policy allows the call.", inline=[logs])
    u("external", "escalates", "The caller gives the external id.", [110], inline=[on("for-external")])
    u("denied", "no", "Its policy denies what the trust allows.", inline=[on("for-denied"), deny("sts:AssumeRole", b.arn("role/*"))])
    u("wrong-account", "no", "Its policy names a role of its own account, and the trust is over there.", inline=[allow("sts:AssumeRole", a.arn("role/for-both"))])
    u("weak-role", "no", "The role over there may only write logs.", inline=[on("for-weak"), logs],
      doubt="Logs of another account are something that it has not, though hardly something that matters.")
    u("pass-over", "no", "Roles cannot be passed across accounts.", inline=[allow(LAMBDA, "*"), deny("iam:PassRole", a.arn("role/*"))])
    u("open-over", "no", "IAM of one account does not change roles of another.", inline=[allow("iam:UpdateAssumeRolePolicy", b.arn("role/*"))])
    u("put-over", "no", "IAM of one account does not change roles of another.", inline=[allow(["iam:PutRolePolicy", "iam:AttachRolePolicy"], b.arn("role/*")), on("for-denied")])
    u("tagged", "escalates", "The trust is in its account for callers with a tag that it has.", [110], inline=[on("for-tagged")], tags={"team": "core"})
    u("tagged-not", "no", "The trust is in its account for callers with a tag that it has not.", inline=[on("for-tagged")])
    a.role("role-both", "escalates", "Both sides allow.", [110], inline=[on("for-role")])
    a.role("role-trust-only", "no", "Its own policy must allow the call too.", inline=[logs])
    b.user("here-star", "no", "The roles here trust the other account or its principals only.", inline=[enter])
    b.user("here-logs", "no", "May only write logs.", inline=[logs])
    adm = b.admin_role
    adm("for-both", a.trust_users("both"))
    adm("for-trust-only", a.trust_users("trust-only"))
    adm("for-nobody", b.trust_saml())
    adm("for-root", a.trust_root({"ArnLike": {"aws:PrincipalArn": a.arn("user/by-root*")}}))
    adm("for-external", a.trust_users("external", condition={"StringEquals": {"sts:ExternalId": "example-ticket"}}))
    adm("for-denied", a.trust_users("denied"))
    b.role("for-weak", "no", "May only write logs.", inline=[logs], trust=a.trust_users("weak-role"))
    adm("for-tagged", a.trust_root({"StringEquals": {"aws:PrincipalTag/team": "core"}}))
    adm("for-role", a.trust_roles("role-both"))
    adm("for-role-trust-only", a.trust_roles("role-trust-only"))
    adm("lambda-over", trust_service("lambda"))
    out.append(Case("cross_account", "two_accounts", a, b))

    # A chain over there and back.
    a, b = Account("141414140011"), Account("141414140012")
    for account in (a, b):
        account.key_default = 2
        account.admin_user(keys=2, password=True)
    a.user("starts", "escalates", "Enters a role over there that may enter an administrator role here.", [110], inline=[allow("sts:AssumeRole", b.arn("role/middle"))])
    a.user("stays", "no", "May enter no role.", inline=[logs])
    a.user("tries-end", "no", "The administrator role trusts the role over there only.", inline=[allow("sts:AssumeRole", a.arn("role/end"))])
    b.role("middle", "escalates", "The administrator role over there trusts it, and its policy allows the call.", [110],
           inline=[allow("sts:AssumeRole", a.arn("role/end"))], trust=a.trust_users("starts"))
    b.role("middle-shut", "no", "The administrator role over there trusts it, but its policy does not allow the call.", inline=[logs], trust=b.trust_saml())
    a.admin_role("end", trust({"AWS": [b.arn("role/middle"), b.arn("role/middle-shut")]}))
    b.user("owner", "escalates", "May put a policy on the role that it may enter.", [114], inline=[allow(["sts:AssumeRole", "iam:PutRolePolicy"], b.arn("role/workshop"))])
    b.role("workshop", "no", "May only write logs.", inline=[logs], trust=b.trust_root())
    out.append(Case("cross_account", "there_and_back", a, b))

    # Whole accounts trusted, the caller's policy as wide as can be.
    a, b = Account("141414140021"), Account("141414140022")
    a.admin_user(keys=2, password=True)
    b.admin_user(keys=2, password=True)
    a.user("vendor", "escalates", "The whole account is trusted over there and its policy allows every role.", [110], inline=[enter], keys=2)
    a.user("vendor-own", "no", "Its policy allows roles of its own account, and none can be entered.", inline=[allow("sts:AssumeRole", a.arn("role/*"))], keys=2)
    a.user("vendor-reader", "no", "No policy allows the call.", inline=[logs], keys=2)
    a.role("vendor-role", "escalates", "The whole account is trusted over there.", [110], inline=[enter])
    a.role("vendor-role-denied", "no", "Its policy denies the call.", inline=[enter, deny("sts:*")])
    b.admin_role("vendor-access", a.trust_root({"StringEquals": {"sts:ExternalId": "example-customer"}}))
    b.admin_role("vendor-never", a.trust_root(NEVER))
    b.user("customer", "no", "The role trusts the other account, not this one.", inline=[enter], keys=2)
    b.user("customer-key", "no", "Every user has two keys.", inline=[allow(KEY)], keys=2)
    b.role("customer-role", "no", "The role trusts the other account, not this one.", inline=[enter])
    out.append(Case("cross_account", "vendor", a, b))
    return out


def chains():
    out = []
    a = Account("151515150001")
    a.key_default = 2
    a.admin_user(keys=2, password=True)
    logs = allow(LOGS)
    on = lambda role: allow("sts:AssumeRole", a.arn(f"role/{role}"))
    u, r = a.user, a.role
    # Two and three roles, the last an administrator.
    u("two-steps", "escalates", "Enters a role that may enter an administrator role.", [110], inline=[on("two-a")])
    r("two-a", "escalates", "The administrator role trusts it.", [110], inline=[on("two-b")], trust=a.trust_users("two-steps"))
    a.admin_role("two-b", a.trust_roles("two-a"))
    u("three-steps", "escalates", "Three roles one after the other, the last an administrator.", [110], inline=[on("three-a")])
    r("three-a", "escalates", "Two roles one after the other, the last an administrator.", [110], inline=[on("three-b")], trust=a.trust_users("three-steps"))
    r("three-b", "escalates", "The administrator role trusts it.", [110], inline=[on("three-c")], trust=a.trust_roles("three-a"))
    a.admin_role("three-c", a.trust_roles("three-b"))
    # The same, cut at some step.
    u("cut-start", "no", "The first role does not trust it.", inline=[on("three-a")])
    every = [allow("sts:AssumeRole", a.arn("role/cut-*")), logs]
    u("cut-middle", "no", "The first role may be entered, the second does not trust the first.", inline=every)
    r("cut-a", "no", "The second role does not trust it.", inline=every, trust=a.trust_users("cut-middle"))
    r("cut-b", "escalates", "The administrator role trusts it.", [110], inline=[on("cut-c")], trust=a.trust_saml())
    a.admin_role("cut-c", a.trust_roles("cut-b"))
    # Weak ends and cycles: everybody may do the same.
    same = [allow("sts:AssumeRole", a.arn("role/weak-*")), logs]
    u("weak-start", "no", "Three roles one after the other, and each may do only the same.", inline=same)
    r("weak-a", "no", "The roles that follow may do only the same.", inline=same, trust=a.trust_users("weak-start"))
    r("weak-b", "no", "The role that follows may do only the same.", inline=same, trust=a.trust_roles("weak-a"))
    r("weak-c", "no", "May only write logs; nothing follows.", inline=[logs], trust=a.trust_roles("weak-b"))
    round_ = [allow("sts:AssumeRole", a.arn("role/ring-*")), logs]
    u("ring-start", "no", "The roles of the ring may do only the same.", inline=round_)
    r("ring-a", "no", "The ring leads back to itself.", inline=round_, trust=document(
        {"Effect": "Allow", "Principal": {"AWS": [a.arn("user/ring-start"), a.arn("role/ring-c")]}, "Action": "sts:AssumeRole"}))
    r("ring-b", "no", "The ring leads back to itself.", inline=round_, trust=trust({"AWS": a.arn("role/ring-a")}))
    r("ring-c", "no", "The ring leads back to itself.", inline=round_, trust=trust({"AWS": a.arn("role/ring-b")}))
    r("ring-self", "no", "It may only enter itself.", inline=[on("ring-self")], trust=trust({"AWS": a.arn("role/ring-self")}))
    # A ring with a way out.
    u("exit-start", "escalates", "The ring has a way out to an administrator role.", [110], inline=[on("exit-a")])
    r("exit-a", "escalates", "The ring has a way out to an administrator role.", [110], inline=[on("exit-b")], trust=trust({"AWS": [a.arn("user/exit-start"), a.arn("role/exit-b")]}))
    r("exit-b", "escalates", "The administrator role trusts it.", [110], inline=[on("exit-a"), on("exit-c")], trust=trust({"AWS": a.arn("role/exit-a")}))
    a.admin_role("exit-c", trust({"AWS": a.arn("role/exit-b")}))
    out.append(Case("chains", "roles", a))

    b = Account("151515150002")
    b.key_default = 2
    b.admin_user(keys=2, password=True)
    b.group("admins", attached=["aws:AdministratorAccess"])
    on = lambda role: allow("sts:AssumeRole", b.arn(f"role/{role}"))
    to = lambda user: b.arn(f"user/{user}")
    u, r = b.user, b.role
    u("key-then-put", "escalates", "Makes a key for a user who may write any policy into itself.", [65], inline=[allow(KEY, to("putter"))])
    u("putter", "escalates", "May write any policy into itself.", [72], inline=[allow("iam:PutUserPolicy", to("putter"))], keys=0)
    u("key-then-join", "escalates", "Makes a key for a user who may join the administrators.", [65], inline=[allow(KEY, to("joiner"))])
    u("joiner", "escalates", "May join the administrators.", [61], inline=[allow("iam:AddUserToGroup", b.arn("group/admins"))], keys=1)
    u("key-then-nothing", "no", "Makes a key for a user who may only write logs.", inline=[allow(KEY, to("logger")), logs])
    u("logger", "no", "May only write logs.", inline=[logs], keys=0)
    u("key-then-full", "no", "The stronger user has two keys.", inline=[allow(KEY, to("full-putter")), logs])
    u("full-putter", "escalates", "May write any policy into itself.", [72], inline=[allow("iam:PutUserPolicy", to("full-putter"))])
    r("add-and-key", "escalates", "Adds a weak user to the administrators and makes a key for it.", [61, 65], inline=[allow("iam:AddUserToGroup"), allow(KEY, to("logger")), logs])
    r("add-only", "no", "Adds users to groups, and has no way into any user.", inline=[allow("iam:AddUserToGroup")])
    u("enter-then-fill", "escalates", "Enters a role that may write any policy into itself.", [110], inline=[on("filler")])
    r("filler", "escalates", "May write any policy into itself.", [71], inline=[allow("iam:PutRolePolicy", b.arn("role/filler"))], trust=trust({"AWS": to("enter-then-fill")}))
    u("pass-then-enter", "escalates", "Passes a role to lambda that may enter an administrator role.", [88, 93], inline=[allow(LAMBDA)])
    r("relay", "escalates", "The administrator role trusts it.", [110], inline=[on("relay-end")], trust=trust_service("lambda"))
    b.admin_role("relay-end", trust({"AWS": b.arn("role/relay")}))
    u("login-then-enter", "escalates", "Makes a password for a user whom an administrator role trusts.", [66], inline=[allow(LOGIN, to("trusted"))])
    u("trusted", "escalates", "An administrator role trusts it by name.", [110], inline=[logs])
    b.admin_role("trusted-end", trust({"AWS": to("trusted")}))
    u("open-then-enter", "escalates", "Opens a role that an administrator role trusts.", [74], inline=[allow("iam:UpdateAssumeRolePolicy", b.arn("role/relay"))])
    u("open-weak", "no", "Opens a role that may only write logs.", inline=[allow("iam:UpdateAssumeRolePolicy", b.arn("role/quiet")), logs])
    r("quiet", "no", "May only write logs.", inline=[logs])
    u("boundary-then-put", "escalates", "Takes off its boundary, then writes any policy into itself.", [68], inline=[allow(["iam:DeleteUserPermissionsBoundary", "iam:PutUserPolicy"])], boundary="limit")
    b.policy("limit", allow(["iam:DeleteUserPermissionsBoundary", *LOGS]))
    b.policies["limit"]["PermissionsBoundaryUsageCount"] = 1
    u("tag-then-enter", "escalates", "Sets a tag on itself that the trust asks for.", [110], inline=[allow("iam:TagUser", to("tag-then-enter")), on("tag-end")])
    u("tag-not-enter", "no", "May not set the tag that the trust asks for.", inline=[on("tag-end")])
    b.admin_role("tag-end", b.trust_root({"StringEquals": {"aws:PrincipalTag/rank": "lead"}}))
    u("link-linked", "no", "The only role that it may open is service-linked, which cannot be changed.", inline=[allow(["iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePolicy"], b.arn("role/aws-service-role/*"))])
    u("pass-linked", "no", "The only role that it may pass is service-linked, which cannot be passed.",
      inline=[allow(LAMBDA[1:]), allow("iam:PassRole", b.arn("role/aws-service-role/*"))])
    b.service_linked("Lambdareplica", "lambda.amazonaws.com", ["s3:*", "kms:*"])
    out.append(Case("chains", "mixed", b))
    return out


def versions():
    out = []
    a = Account("161616160001")
    a.key_default = 2
    a.admin_user(keys=2, password=True)
    a.admin_role("admin-by-idp")
    create, default, drop = "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion"
    logs = allow(LOGS)
    u, r = a.user, a.role
    a.policy("mine", logs)
    a.policy("grouped", logs)
    a.policy("others", logs)
    a.policy("nobodys", logs)
    a.policy("on-closed-role", logs)
    a.policy("full", versions={f"v{n}": [logs] for n in range(1, 6)}, default="v5")
    a.policy("four", versions={f"v{n}": [logs] for n in range(1, 5)}, default="v4")
    a.policy("was-all", versions={"v1": [allow("*")], "v2": [logs]}, default="v2")
    a.policy("was-iam", versions={"v1": [logs], "v2": [allow("iam:*")], "v3": [logs]}, default="v3")
    a.policy("was-less", versions={"v1": [allow("logs:PutLogEvents")], "v2": [logs]}, default="v2")
    a.policy("was-same", versions={"v1": [logs], "v2": [logs]}, default="v2")
    a.policy("only-one", logs)
    a.policy("was-all-nobodys", versions={"v1": [allow("*")], "v2": [logs]}, default="v2")
    a.policy("was-all-grouped", versions={"v1": [allow("*")], "v2": [logs]}, default="v2")
    a.policy("was-denied", versions={"v1": [allow("*"), deny("*")], "v2": [logs]}, default="v2")
    a.policy("was-never", versions={"v1": [allow("*", "*", NEVER)], "v2": [logs]}, default="v2")
    a.policy("less-deny", versions={"v1": [logs], "v2": [logs, deny("iam:PutUserPolicy")]}, default="v2")
    a.group("readers", attached=["grouped", "was-all-grouped"])
    u("other-user", "no", "May only write logs.", attached=["others"])
    r("closed", "no", "May only write logs.", attached=["on-closed-role"])
    on = lambda *names: [a.policy_arn(name) for name in names]

    def one(name, verdict, why, sets, action, resource="*", kind="user", **extra):
        (u if kind == "user" else r)(name, verdict, why, sets, inline=[allow(action, resource), logs], **extra)

    one("new-own", "escalates", "May write a new default version of the policy attached to it.", [67], create, on("mine"), attached=["mine"])
    one("new-any", "escalates", "May write a new default version of the policy attached to it.", [67], create, attached=["mine"])
    one("new-group", "escalates", "May write a new default version of the policy of its group.", [67], create, on("grouped"), groups=["readers"])
    one("new-group-not-in", "no", "The policy is attached to a group that it is not in.", [], create, on("grouped"))
    one("new-others", "no", "The policy is attached to another user only.", [], create, on("others"))
    one("new-nobodys", "no", "The policy is attached to nobody.", [], create, on("nobodys"))
    one("new-closed", "no", "The policy is attached to a role that it cannot enter.", [], create, on("on-closed-role"))
    one("new-none", "no", "It has inline policies only, and no other principal is open to it.", [], create)
    one("new-aws", "no", "The only managed policy that it has is one of AWS, which cannot be changed.", [], create, attached=["aws:SecurityAudit"])
    one("new-aws-named", "no", "Policies of AWS cannot be changed.", [], create, "arn:aws:iam::aws:policy/*", attached=["aws:SecurityAudit"])
    one("new-missed", "no", "The resource is not the policy attached to it.", [], create, on("nobodys"), attached=["mine"])
    one("new-full", "no", "The policy has five versions, which is the most, and none may be deleted.", [], create, on("full"), attached=["full"])
    one("new-full-drop", "escalates", "One of the five versions may be deleted first.", [67], [create, drop], on("full"), attached=["full"])
    one("new-four", "escalates", "The policy has four versions, so there is room for one.", [67], create, on("four"), attached=["four"])
    one("new-denied", "no", "Writing versions is denied.", [], create, on("mine"), attached=["mine"], groups=[])
    a.users["new-denied"]["UserPolicyList"].append({"PolicyDocument": document(deny("iam:*Version")), "PolicyName": "second"})
    one("attach-new", "escalates", "May write a policy of nobody and attach it to itself.", [64, 67], [create, "iam:AttachUserPolicy"], [*on("nobodys"), a.arn("user/attach-new")])
    one("default-older", "escalates", "The older version allows all.", [73], default, on("was-all"), attached=["was-all"])
    one("default-between", "escalates", "A version that is not the default allows all of IAM.", [73], default, attached=["was-iam"])
    one("default-less", "no", "The older version allows less.", [], default, attached=["was-less"])
    one("default-same", "no", "The older version allows the same.", [], default, attached=["was-same"])
    one("default-one", "no", "There is one version only.", [], default, attached=["only-one"])
    one("default-nobodys", "no", "The policy with the stronger version is attached to nobody.", [], default, on("was-all-nobodys"))
    one("default-none", "no", "It has inline policies only.", [], default)
    one("default-group", "escalates", "The older version of the policy of its group allows all.", [73], default, on("was-all-grouped"), groups=["readers"])
    one("default-missed", "no", "It may not set the default of the policy that has the stronger version.", [], default, on("was-same"), attached=["was-all"])
    one("default-denied", "no", "The older version denies what it allows.", [], default, attached=["was-denied"])
    one("default-never", "no", "The older version allows all until a date in the past.", [], default, attached=["was-never"])
    one("default-aws", "no", "Policies of AWS cannot be changed.", [], default, attached=["aws:SecurityAudit"])
    u("default-less-deny", "escalates", "The older version has not the deny that keeps it from writing policies into itself.", [73],
      inline=[allow([default, "iam:PutUserPolicy"])], attached=["less-deny"])
    one("role-new-own", "escalates", "May write a new default version of the policy attached to it.", [67], create, kind="role", attached=["mine"])
    one("role-new-none", "no", "It has inline policies only.", [], create, kind="role")
    one("role-default-older", "escalates", "The older version allows all.", [73], default, kind="role", attached=["was-all"])
    one("role-default-less", "no", "The older version allows less.", [], default, kind="role", attached=["was-less"])
    one("role-new-full", "no", "The policy has five versions, which is the most.", [], create, kind="role", attached=["full"])
    out.append(Case("versions", "policies", a))

    b = Account("161616160002")
    b.key_default = 2
    b.admin_user(keys=2, password=True)
    b.policy("open-shared", logs)
    b.policy("open-older", versions={"v1": [allow("*")], "v2": [logs]}, default="v2")
    b.role("open", "no", "May only write logs.", attached=["open-shared"], trust=b.trust_root())
    b.role("open-older", "no", "May only write logs.", attached=["open-older"], trust=b.trust_root())
    b.user("write-and-enter", "escalates", "May write a version of a role's policy and enter the role.", [112], inline=[allow([create, "sts:AssumeRole"]), logs])
    b.user("write-only", "no", "May write a version of a role's policy, but not enter the role.", inline=[allow(create), logs])
    b.user("enter-only", "no", "May enter roles that may only write logs.", inline=[allow("sts:AssumeRole"), logs])
    b.user("set-and-enter", "escalates", "May make the older version of a role's policy the default and enter the role.", [73, 110], inline=[allow([default, "sts:AssumeRole"]), logs])
    b.user("set-only", "no", "May make the older version the default, but not enter the role.", inline=[allow(default), logs])
    b.user("enter-other", "no", "May write a version of one role's policy and enter another.", inline=[
        allow(create, b.policy_arn("open-older")), allow("sts:AssumeRole", b.arn("role/open")), logs])
    out.append(Case("versions", "roles", b))
    return out


def cases():
    return keys() + assume() + cross_account() + chains() + versions()
