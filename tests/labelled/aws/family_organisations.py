"""Families about policies of the organisation: service control and resource control policies."""

import json

from accounts import LOGS, Account, Case, allow, deny, deny_not, document, trust

ORG, MANAGEMENT = "o-exampleorg1", "999999990001"
ROOT, UNIT, OTHER = "r-exmp", "ou-exmp-workload1", "ou-exmp-sandbox01"
KINDS = {"scp": "SERVICE_CONTROL_POLICY", "rcp": "RESOURCE_CONTROL_POLICY"}
LAMBDA = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]
STRICT = "By the letter not every action is allowed and nothing lifts the SCP; a reader may call it administrator none the less."


def add_organisation(case, member, policies, others=(), management=False):
    """`policies` is [(kind, name, statements, targets)]; a target is root, unit, other, or the number of an account."""
    files = case.files
    owner = member if management else MANAGEMENT
    arn = f"arn:aws:organizations::{owner}:"
    files["organizations-describe-organization"] = {"Organization": {
        "Arn": f"{arn}organization/{ORG}", "AvailablePolicyTypes": [{"Status": "ENABLED", "Type": kind} for kind in sorted(KINDS.values())],
        "FeatureSet": "ALL", "Id": ORG, "MasterAccountArn": f"{arn}account/{ORG}/{owner}",
        "MasterAccountEmail": "owner@example.com", "MasterAccountId": owner}}
    files["organizations-list-roots"] = {"Roots": [{
        "Arn": f"{arn}root/{ORG}/{ROOT}", "Id": ROOT, "Name": "Root",
        "PolicyTypes": [{"Status": "ENABLED", "Type": kind} for kind in sorted(KINDS.values())]}]}
    members = sorted({owner, member, *others})
    files["organizations-list-accounts"] = {"Accounts": [
        {"Arn": f"{arn}account/{ORG}/{number}", "Email": f"account-{number}@example.com", "Id": number,
         "JoinedMethod": "CREATED", "JoinedTimestamp": "2024-02-01T09:00:00+00:00", "Name": f"account-{number}", "Status": "ACTIVE"}
        for number in members]}
    for number in members:
        parent = {"Id": ROOT, "Type": "ROOT"} if number == owner else {"Id": UNIT, "Type": "ORGANIZATIONAL_UNIT"}
        files[f"organizations-list-parents-{number}"] = {"Parents": [parent]}
    for unit in (UNIT, OTHER):
        files[f"organizations-list-parents-{unit}"] = {"Parents": [{"Id": ROOT, "Type": "ROOT"}]}

    def target(name):
        if name == "root":
            return {"Arn": f"{arn}root/{ORG}/{ROOT}", "Name": "Root", "TargetId": ROOT, "Type": "ROOT"}
        if name in ("unit", "other"):
            unit = UNIT if name == "unit" else OTHER
            return {"Arn": f"{arn}ou/{ORG}/{unit}", "Name": name, "TargetId": unit, "Type": "ORGANIZATIONAL_UNIT"}
        return {"Arn": f"{arn}account/{ORG}/{name}", "Name": f"account-{name}", "TargetId": name, "Type": "ACCOUNT"}

    for number, (kind, name, statements, targets) in enumerate(policies, 1):
        managed = name in ("FullAWSAccess", "RCPFullAWSAccess")
        id_ = f"p-{name}" if managed else f"p-example{number}"
        place = "arn:aws:organizations::aws:policy/" if managed else f"{arn}policy/{ORG}/"
        files[f"organizations-describe-policy-{name}"] = {"Policy": {
            "Content": json.dumps(document(*statements)),
            "PolicySummary": {"Arn": f"{place}{KINDS[kind].lower()}/{id_}", "AwsManaged": managed, "Description": name,
                              "Id": id_, "Name": name, "Type": KINDS[kind]}}}
        files[f"organizations-list-targets-for-policy-{id_}"] = {"Targets": [target(name) for name in targets]}


FULL = [allow("*")]
RCP_FULL = [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]


def rcp_deny(action, condition=None):
    out = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*"}
    if condition:
        out["Condition"] = condition
    return out


SETS = {"put": [72], "attach": [64], "pass": [88, 93], "enter": [110], "role-put": [71], "named": [110]}


def member(number, rows, doubts=None):
    """An account with the same principals everywhere; `rows` is {name: (verdict, why)}."""
    a = Account(number)
    a.key_default = 2
    doubts = doubts or {}
    inline = {
        "star": [allow("*")], "put": [allow("iam:PutUserPolicy"), allow(LOGS)], "attach": [allow("iam:AttachUserPolicy"), allow(LOGS)],
        "pass": [allow([*LAMBDA, *LOGS])], "enter": [allow("sts:AssumeRole"), allow(LOGS)], "logs": [allow(LOGS)],
        "role-put": [allow("iam:PutRolePolicy"), allow(LOGS)], "named": [allow(LOGS)],
        "runner": [allow("*")], "by-root": [allow("*")], "by-name": [allow("*")],
    }
    entry = {"runner": trust({"Service": "lambda.amazonaws.com"}), "by-root": a.trust_root(),
             "by-name": trust({"AWS": a.arn("user/named")}), "role-put": None}
    for name, (verdict, why) in rows.items():
        sets = SETS.get(name, []) if verdict == "escalates" else []
        if name in entry:
            a.role(name, verdict, why, sets, inline=inline[name], trust=entry[name], doubt=doubts.get(name))
        else:
            a.user(name, verdict, why, sets, inline=inline[name], doubt=doubts.get(name))
    a.service_linked("Example", "example.amazonaws.com", ["s3:*", "kms:*"])
    return a


def rows(**verdicts):
    """Verdicts by name, `_` for `-`; a reason each."""
    return {name.replace("_", "-"): value for name, value in verdicts.items()}


def open_rows(note):
    yes = "escalates"
    return rows(
        star=("administrator", f"All is allowed; {note}."), put=(yes, f"Puts any policy on itself; {note}."),
        attach=(yes, f"Attaches any policy to itself; {note}."), **{"pass": (yes, f"Passes an administrator role to lambda; {note}.")},
        enter=(yes, f"Enters an administrator role; {note}."), logs=("no", "May only write logs."),
        role_put=(yes, f"Puts any policy on itself; {note}."), named=(yes, f"An administrator role trusts it by name; {note}."),
        runner=("administrator", f"All is allowed; {note}."), by_root=("administrator", f"All is allowed; {note}."),
        by_name=("administrator", f"All is allowed; {note}."),
    )


def scp():
    out = []

    def one(name, number, principals, policies, doubts=None, management=False):
        a = member(number, principals, doubts)
        case = Case("scp", name, a)
        add_organisation(case, number, policies, management=management)
        out.append(case)
        return a

    def full(*targets):
        return ("scp", "FullAWSAccess", FULL, list(targets))

    n = "171717170001"
    one("full_access", n, open_rows("FullAWSAccess at every level limits nothing"), [full("root", "unit", "other", n)])

    n = "171717170002"
    shut = "the SCP at the root denies iam:*"
    left = ("no", "The SCP denies iam:*, so it is no administrator, and every role here is under the same SCP.")
    one("deny_iam_at_root", n, rows(
        star=left, put=("no", f"Nothing can be put; {shut}."), attach=("no", f"Nothing can be attached; {shut}."),
        **{"pass": ("no", f"PassRole is an action of IAM; {shut}.")},
        enter=("escalates", "sts:AssumeRole is not denied, and the role may do all but IAM."), logs=("no", "May only write logs."),
        role_put=("no", f"Nothing can be put; {shut}."), named=("escalates", "The trust names it, and the role may do all but IAM."),
        runner=left, by_root=left, by_name=left,
    ), [full("root", "unit", "other", n), ("scp", "DenyIam", [deny("iam:*")], ["root"])],
        dict.fromkeys(("star", "runner", "by-root", "by-name"), STRICT))

    none = "The SCP of the unit allows only S3 and logs, and what one level leaves out is denied."
    n = "171717170003"
    everything_no = {name: ("no", none) for name in
                     ("star", "put", "attach", "pass", "enter", "logs", "role-put", "named", "runner", "by-root", "by-name")}
    one("allow_list_at_unit", n, everything_no, [full("root", "other", n), ("scp", "AllowStorage", [allow(["s3:*", "logs:*"])], ["unit"])])

    n = "171717170004"
    none_here = "The SCP of the account allows only S3 and logs, whatever the levels above allow."
    one("allow_list_at_account", n, {name: ("no", none_here) for name in everything_no},
        [full("root", "unit", "other"), ("scp", "AllowStorage", [allow("s3:*"), allow("logs:*")], [n])])

    n = "171717170005"
    all_scp = ("no", "It has all that the SCP allows, so there is nothing to gain.")
    one("allow_list_with_pass", n, rows(
        star=all_scp, put=("no", "The SCP does not allow PutUserPolicy."), attach=("no", "The SCP does not allow AttachUserPolicy."),
        **{"pass": ("escalates", "The SCP allows the whole set, and the role may use S3, which the SCP allows too.")},
        enter=("no", "The SCP does not allow sts:AssumeRole."), logs=("no", "May only write logs."),
        role_put=("no", "The SCP does not allow PutRolePolicy."), runner=all_scp, by_root=all_scp,
    ), [full("unit", "other", n), ("scp", "AllowFunctions", [allow(["s3:*", "lambda:*", "logs:*", "iam:PassRole"])], ["root"])],
        {"pass": "The SCP at the root leaves out FullAWSAccess there; the role is strong within it only."})

    n = "171717170006"
    one("deny_elsewhere", n, open_rows("the denying SCP is attached to another unit and to the management account"),
        [full("root", "unit", "other", n), ("scp", "DenyAll", [deny("*")], ["other", MANAGEMENT])])

    n = "171717170007"
    one("management_account", n, open_rows("SCPs do not affect the management account"),
        [full("root", "unit", "other", n), ("scp", "DenyAll", [deny("*")], ["root"])], management=True)

    n = "171717170008"
    lifted = ("escalates", "The SCP denies it iam:*, but it may enter the role that the SCP leaves out.")
    a = one("deny_but_operators", n, rows(
        star=lifted, put=("no", "The SCP denies iam:* to all but the operators' roles."), attach=("no", "The SCP denies iam:* to all but the operators' roles."),
        **{"pass": ("no", "The SCP denies iam:*, and PassRole is an action of IAM.")},
        enter=("escalates", "May enter roles that may do far more."), logs=("no", "May only write logs."),
        role_put=("no", "The SCP denies iam:* to all but the operators' roles."), runner=lifted, by_root=lifted,
    ), [full("root", "unit", "other", n),
        ("scp", "DenyIamButOps", [deny("iam:*", "*", {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops-*"}})], ["unit"])])
    for name in ("star", "runner", "by-root"):
        arn = a.arn(("user/" if name == "star" else "role/") + name)
        a.expected[arn]["sets"] = [110]
    a.role("ops-admin", "administrator", "The SCP leaves it out, and its policy allows all.", inline=[allow("*")], trust=a.trust_root())
    a.role("ops-put", "escalates", "The SCP leaves it out, and it may put any policy on itself.", [71], inline=[allow("iam:PutRolePolicy")])
    a.role("ops-logs", "no", "The SCP leaves it out, but it may only write logs.", inline=[allow(LOGS)])

    n = "171717170009"
    elsewhere = "the SCP denies other regions only, and leaves out IAM and STS"
    one("deny_regions", n, open_rows(elsewhere), [full("root", "unit", "other", n), ("scp", "DenyRegions", [
        deny_not(["iam:*", "sts:*", "organizations:*", "support:*"], "*", {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}})], ["unit"])],
        dict.fromkeys(("star", "runner", "by-root", "by-name"), "Every action is allowed in some region, not in every region."))

    n = "171717170010"
    left = ("no", "The SCP denies sts:AssumeRole, so it is no administrator, and everybody is under the same SCP.")
    one("deny_assume", n, rows(
        star=left, put=("escalates", "Puts all on itself that the SCP allows."), attach=("escalates", "Attaches all to itself that the SCP allows."),
        **{"pass": ("escalates", "Passes a role to lambda that may do all that the SCP allows; the service itself is not under the SCP.")},
        enter=("no", "The SCP denies sts:AssumeRole."), logs=("no", "May only write logs."),
        role_put=("escalates", "Puts all on itself that the SCP allows."), named=("no", "The trust names it, but the SCP denies sts:AssumeRole."),
        runner=left, by_root=left, by_name=left,
    ), [full("root", "unit", "other", n), ("scp", "DenyAssume", [deny("sts:AssumeRole")], [n])],
        dict.fromkeys(("star", "runner", "by-root", "by-name"), STRICT))

    n = "171717170011"
    one("deny_never", n, open_rows("the SCP denies until a date in the past only"),
        [full("root", "unit", "other", n), ("scp", "DenyPast", [deny("*", "*", {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})], ["root", n])])
    return out


def rcp():
    out = []
    base = lambda n: [("scp", "FullAWSAccess", FULL, ["root", "unit", "other", n]), ("rcp", "RCPFullAWSAccess", RCP_FULL, ["root", "unit", "other", n])]
    outside = rcp_deny("sts:AssumeRole", {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}})

    def one(name, number, principals, policies, doubts=None, management=False):
        a = member(number, principals, doubts)
        case = Case("rcp", name, a)
        add_organisation(case, number, base(number) + policies, management=management)
        out.append(case)
        return a

    n = "181818180001"
    one("own_organisation_only", n, open_rows("the RCP denies principals outside the organisation only, and AWS services are left out"), [("rcp", "OwnOrg", [outside], ["root"])])

    n = "181818180002"
    fits = "IAM is no service of RCPs"
    star = ("administrator", "Its own policies allow all; the RCP is about who may enter the roles.")
    one("deny_assume", n, rows(
        star=star, put=("escalates", f"Puts any policy on itself; {fits}."), attach=("escalates", f"Attaches any policy to itself; {fits}."),
        **{"pass": ("no", "The RCP denies sts:AssumeRole upon every role of the account, to the service too.")},
        enter=("no", "The RCP denies sts:AssumeRole upon every role of the account."), logs=("no", "May only write logs."),
        role_put=("escalates", f"Puts any policy on itself; {fits}."), named=("no", "The trust names it, but the RCP denies sts:AssumeRole upon the role."),
        runner=star, by_root=star, by_name=star,
    ), [("rcp", "DenyAssume", [rcp_deny("sts:AssumeRole")], ["unit"])],
        {"pass": "That an RCP without a condition stops a service from taking up a passed role follows from the rules, and is seldom seen.",
         "star": "sts:AssumeRole upon roles of its own account is denied by the RCP.", "runner": "As for the user who may do all.",
         "by-root": "As for the user who may do all.", "by-name": "As for the user who may do all."})

    n = "181818180003"
    one("deny_elsewhere", n, open_rows("the RCP is attached to another unit"), [("rcp", "DenyAssume", [rcp_deny("sts:AssumeRole")], ["other"])])

    n = "181818180004"
    one("management_account", n, open_rows("RCPs do not affect the management account"), [("rcp", "DenyAssume", [rcp_deny("sts:*")], ["root"])], management=True)

    n = "181818180005"
    a = one("deny_one_principal", n, rows(
        put=("escalates", "Puts any policy on itself; IAM is no service of RCPs."), **{"pass": ("escalates", "The RCP denies one user only.")},
        enter=("no", "The RCP denies it by its ARN."), logs=("no", "May only write logs."), by_root=("administrator", "All is allowed."),
        runner=("administrator", "All is allowed.")),
        [("rcp", "DenyOne", [rcp_deny("sts:AssumeRole", {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{n}:user/enter"}})], [n])])
    a.user("enter-too", "escalates", "The RCP denies another user only.", [110], inline=[allow("sts:AssumeRole")])
    a.role("role-enter-too", "escalates", "The RCP denies a user only.", [110], inline=[allow("sts:AssumeRole")])

    n = "181818180006"
    one("deny_storage", n, {name: value for name, value in open_rows("the RCP is about buckets outside TLS only").items()},
        [("rcp", "TlsOnly", [rcp_deny("s3:*", {"BoolIfExists": {"aws:SecureTransport": "false"}})], ["root"])])

    # A stranger and a sibling, both trusted by name.
    home, sibling, stranger = Account("181818180011"), Account("181818180012"), Account("181818180013")
    for account in (home, sibling, stranger):
        account.key_default = 2
        account.admin_user(keys=2, password=True)
    inline = [allow("sts:AssumeRole", home.arn("role/*"))]
    sibling.user("sibling", "escalates", "Its account is in the organisation, so the RCP does not deny it.", [110], inline=inline)
    sibling.user("sibling-quiet", "no", "Its policy does not allow the call.", inline=[allow(LOGS)])
    sibling.role("sibling-role", "escalates", "Its account is in the organisation, so the RCP does not deny it.", [110], inline=inline)
    stranger.user("stranger", "no", "Its account is not in the organisation, so the RCP denies it.", inline=inline)
    stranger.user("stranger-quiet", "no", "Its policy does not allow the call.", inline=[allow(LOGS)])
    stranger.role("stranger-role", "no", "Its account is not in the organisation, so the RCP denies it.", inline=inline)
    home.admin_role("entry", trust({"AWS": [sibling.arn("root"), stranger.arn("root")]}))
    case = Case("rcp", "stranger_and_sibling", home, sibling, stranger)
    add_organisation(case, home.number, [
        ("scp", "FullAWSAccess", FULL, ["root", "unit", "other", home.number, sibling.number]),
        ("rcp", "RCPFullAWSAccess", RCP_FULL, ["root", "unit", "other", home.number, sibling.number]),
        ("rcp", "OwnOrg", [outside], ["unit"])], others=[sibling.number])
    out.append(case)
    return out


def cases():
    return scp() + rcp()
