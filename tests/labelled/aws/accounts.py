"""Builds made-up AWS accounts and writes them as the AWS CLI prints them.

Leaves to the family files which principals there are and what AWS would decide about them.
Nothing here evaluates a policy: every verdict is written down by hand.
"""

import base64
import csv
import hashlib
import io
import json
import urllib.parse

CREATED = "2024-02-01T09:00:00+00:00"
GENERATED = "2026-06-01T08:00:00+00:00"
VERDICTS = ("administrator", "escalates", "no", "unknown")

# The name in a trust policy of each service that can be handed a role.
SERVICES = {
    "apprunner": "tasks.apprunner.amazonaws.com",
    "bedrock-agentcore": "bedrock-agentcore.amazonaws.com",
    "braket": "braket.amazonaws.com",
    "cloudformation": "cloudformation.amazonaws.com",
    "codebuild": "codebuild.amazonaws.com",
    "codestar": "codestar.amazonaws.com",
    "datapipeline": "datapipeline.amazonaws.com",
    "ec2": "ec2.amazonaws.com",
    "ecs-tasks": "ecs-tasks.amazonaws.com",
    "elasticmapreduce": "elasticmapreduce.amazonaws.com",
    "emr-serverless": "emr-serverless.amazonaws.com",
    "gamelift": "gamelift.amazonaws.com",
    "glue": "glue.amazonaws.com",
    "kinesisanalytics": "kinesisanalytics.amazonaws.com",
    "lambda": "lambda.amazonaws.com",
    "omics": "omics.amazonaws.com",
    "sagemaker": "sagemaker.amazonaws.com",
    "scheduler": "scheduler.amazonaws.com",
    "ssm": "ssm.amazonaws.com",
    "states": "states.amazonaws.com",
}

# AWS managed policies that some account attaches. Shortened to what matters.
AWS_MANAGED = {
    "AdministratorAccess": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    "PowerUserAccess": [
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": [
                "account:GetAccountInformation",
                "account:GetPrimaryEmail",
                "account:ListRegions",
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeOrganization",
            ],
            "Resource": "*",
        },
    ],
    "IAMFullAccess": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:*",
                "organizations:DescribeAccount",
                "organizations:DescribeOrganization",
                "organizations:ListPolicies",
            ],
            "Resource": "*",
        }
    ],
    "IAMUserChangePassword": [
        {
            "Effect": "Allow",
            "Action": "iam:ChangePassword",
            "Resource": "arn:aws:iam::*:user/${aws:username}",
        },
        {"Effect": "Allow", "Action": "iam:GetAccountPasswordPolicy", "Resource": "*"},
    ],
    "SecurityAudit": [
        {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*", "cloudtrail:Describe*"], "Resource": "*"}
    ],
}

LOGS = ["logs:CreateLogStream", "logs:PutLogEvents"]


def statement(effect, action, resource="*", condition=None, **more):
    out = {"Effect": effect, "Action": action, "Resource": resource}
    if condition is not None:
        out["Condition"] = condition
    for key, value in more.items():
        out[key] = value
    return out


def allow(action, resource="*", condition=None, **more):
    return statement("Allow", action, resource, condition, **more)


def deny(action, resource="*", condition=None, **more):
    return statement("Deny", action, resource, condition, **more)


def allow_not(not_action, resource="*", condition=None):
    out = {"Effect": "Allow", "NotAction": not_action, "Resource": resource}
    if condition is not None:
        out["Condition"] = condition
    return out


def deny_not(not_action, resource="*", condition=None):
    out = allow_not(not_action, resource, condition)
    out["Effect"] = "Deny"
    return out


def document(*statements, version="2012-10-17"):
    return {"Version": version, "Statement": list(statements)}


def trust_service(*services, condition=None):
    names = [SERVICES.get(service, service) for service in services]
    return trust({"Service": names if len(names) > 1 else names[0]}, condition=condition)


def trust(principal, action="sts:AssumeRole", condition=None, effect="Allow"):
    out = {"Effect": effect, "Principal": principal, "Action": action}
    if condition is not None:
        out["Condition"] = condition
    return document(out)


def identifier(prefix, text):
    digest = hashlib.sha256(text.encode()).digest()
    return prefix + "EXAMPLE" + base64.b32encode(digest).decode()[:10]


class Account:
    """One account: its principals, its listings, and what AWS would decide."""

    def __init__(self, number="111122223333"):
        self.number = number
        self.users, self.roles, self.groups, self.policies = {}, {}, {}, {}
        self.listings, self.expected, self.doubts = {}, {}, {}
        self.credentials = []
        self.key_default = 1

    # Names.

    def arn(self, rest):
        return f"arn:aws:iam::{self.number}:{rest}"

    def user_arn(self, name):
        return self.users[name]["Arn"] if name in self.users else self.arn(f"user/{name}")

    def role_arn(self, name):
        return self.roles[name]["Arn"] if name in self.roles else self.arn(f"role/{name}")

    def policy_arn(self, name):
        if name.startswith("aws:"):
            return "arn:aws:iam::aws:policy/" + name[4:]
        if name in self.policies:
            return self.policies[name]["Arn"]
        return self.arn(f"policy/{name}")

    # Things that carry policies.

    def policy(self, name, *statements, versions=None, default="v1", path="/", listed=True, raw=None):
        """A customer managed policy. `versions` is {"v1": [statements], ...}."""
        if versions is None:
            versions = {"v1": list(statements)}
        rows = []
        for version in sorted(versions, key=lambda v: -int(v[1:])):
            body = raw if raw is not None and version == default else document(*versions[version])
            rows.append(
                {
                    "CreateDate": CREATED,
                    "Document": body,
                    "IsDefaultVersion": version == default,
                    "VersionId": version,
                }
            )
        arn = self.arn(f"policy{path}{name}")
        if listed:
            self.policies[name] = self._policy(name, arn, path, default, rows)
        return arn

    def _policy(self, name, arn, path, default, rows):
        return {
            "Arn": arn,
            "AttachmentCount": 0,
            "CreateDate": CREATED,
            "DefaultVersionId": default,
            "IsAttachable": True,
            "Path": path,
            "PermissionsBoundaryUsageCount": 0,
            "PolicyId": identifier("ANPA", arn),
            "PolicyName": name,
            "PolicyVersionList": rows,
            "UpdateDate": CREATED,
        }

    def _attached(self, names, count):
        out = []
        for name in names:
            arn = self.policy_arn(name)
            if name.startswith("aws:"):
                self._aws_managed(name[4:])
            if name in self.policies and count:
                self.policies[name]["AttachmentCount"] += 1
            out.append({"PolicyArn": arn, "PolicyName": arn.rsplit("/", 1)[1]})
        return out

    def _aws_managed(self, name):
        key = "aws:" + name
        if key in self.policies:
            return
        arn = "arn:aws:iam::aws:policy/" + name
        rows = [
            {
                "CreateDate": "2015-02-06T18:39:46+00:00",
                "Document": document(*AWS_MANAGED[name]),
                "IsDefaultVersion": True,
                "VersionId": "v1",
            }
        ]
        self.policies[key] = self._policy(name, arn, "/", "v1", rows)

    def _inline(self, inline):
        if not inline:
            return []
        if isinstance(inline, list):
            inline = {"own": document(*inline)}
        return [
            {"PolicyDocument": body if not isinstance(body, list) else document(*body), "PolicyName": name}
            for name, body in inline.items()
        ]

    def _boundary(self, out, boundary):
        if boundary is None:
            return
        arn = self.policy_arn(boundary)
        if boundary.startswith("aws:"):
            self._aws_managed(boundary[4:])
        if boundary in self.policies:
            self.policies[boundary]["PermissionsBoundaryUsageCount"] += 1
        out["PermissionsBoundary"] = {"PermissionsBoundaryArn": arn, "PermissionsBoundaryType": "Policy"}

    def _expect(self, arn, verdict, why, sets, doubt):
        assert verdict in VERDICTS, verdict
        assert arn not in self.expected, arn
        self.expected[arn] = {"sets": sorted(set(sets)), "verdict": verdict, "why": why}
        if doubt:
            self.doubts[arn] = doubt

    def group(self, name, inline=None, attached=(), path="/"):
        arn = self.arn(f"group{path}{name}")
        self.groups[name] = {
            "Arn": arn,
            "AttachedManagedPolicies": self._attached(attached, True),
            "CreateDate": CREATED,
            "GroupId": identifier("AGPA", arn),
            "GroupName": name,
            "GroupPolicyList": self._inline(inline),
            "Path": path,
        }

    def user(
        self, name, verdict, why, sets=(), inline=None, attached=(), groups=(), boundary=None,
        path="/", tags=None, keys=None, password=False, doubt=None,
    ):
        arn = self.arn(f"user{path}{name}")
        out = {
            "Arn": arn,
            "AttachedManagedPolicies": self._attached(attached, True),
            "CreateDate": CREATED,
            "GroupList": list(groups),
            "Path": path,
            "Tags": [{"Key": k, "Value": v} for k, v in (tags or {}).items()],
            "UserId": identifier("AIDA", arn),
            "UserName": name,
        }
        if inline:
            out["UserPolicyList"] = self._inline(inline)
        self._boundary(out, boundary)
        for group in groups:
            assert group in self.groups, group
        self.users[name] = out
        self.credentials.append((name, arn, self.key_default if keys is None else keys, password))
        self._expect(arn, verdict, why, sets, doubt)
        return arn

    def role(
        self, name, verdict, why, sets=(), inline=None, attached=(), trust=None, profile=False,
        boundary=None, path="/", tags=None, doubt=None,
    ):
        arn = self.arn(f"role{path}{name}")
        if trust is None:
            trust = self.trust_saml()
        profiles = []
        if profile:
            profile_arn = self.arn(f"instance-profile{path}{name}")
            profiles = [
                {
                    "Arn": profile_arn,
                    "CreateDate": CREATED,
                    "InstanceProfileId": identifier("AIPA", profile_arn),
                    "InstanceProfileName": name,
                    "Path": path,
                    "Roles": [
                        {
                            "Arn": arn,
                            "AssumeRolePolicyDocument": trust,
                            "CreateDate": CREATED,
                            "Path": path,
                            "RoleId": identifier("AROA", arn),
                            "RoleName": name,
                        }
                    ],
                }
            ]
        out = {
            "Arn": arn,
            "AssumeRolePolicyDocument": trust,
            "AttachedManagedPolicies": self._attached(attached, True),
            "CreateDate": CREATED,
            "InstanceProfileList": profiles,
            "Path": path,
            "RoleId": identifier("AROA", arn),
            "RoleLastUsed": {},
            "RoleName": name,
            "RolePolicyList": self._inline(inline),
            "Tags": [{"Key": k, "Value": v} for k, v in (tags or {}).items()],
        }
        self._boundary(out, boundary)
        self.roles[name] = out
        self._expect(arn, verdict, why, sets, doubt)
        return arn

    # Often used surroundings.

    def trust_saml(self):
        """A trust that nobody inside the account and no service can use."""
        return trust(
            {"Federated": self.arn("saml-provider/ExampleIdp")},
            "sts:AssumeRoleWithSAML",
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        )

    def trust_root(self, condition=None):
        return trust({"AWS": self.arn("root")}, condition=condition)

    def trust_users(self, *names, condition=None):
        arns = [self.user_arn(name) for name in names]
        return trust({"AWS": arns if len(arns) > 1 else arns[0]}, condition=condition)

    def trust_roles(self, *names, condition=None):
        arns = [self.role_arn(name) for name in names]
        return trust({"AWS": arns if len(arns) > 1 else arns[0]}, condition=condition)

    def admin_user(self, name="break-glass", keys=1, password=False):
        return self.user(
            name, "administrator", "AdministratorAccess allows every action on every resource, and nothing denies.",
            attached=["aws:AdministratorAccess"], keys=keys, password=password,
        )

    def admin_role(self, name="admin-by-idp", trust=None, profile=False, path="/", tags=None):
        return self.role(
            name, "administrator", "AdministratorAccess allows every action on every resource, and nothing denies.",
            attached=["aws:AdministratorAccess"], trust=trust, profile=profile, path=path, tags=tags,
        )

    def runner(self, service, name=None, path="/"):
        """An administrator role that trusts one service."""
        return self.admin_role(
            name or f"runner-{service}", trust_service(service), profile=service == "ec2", path=path
        )

    def weak_role(self, service, name=None, path="/", profile=None):
        """A role that trusts one service and may only write logs."""
        return self.role(
            name or f"logger-{service}", "no", "May only write logs, and logs let nobody gain anything.",
            inline=[allow(LOGS)], trust=trust_service(service),
            profile=service == "ec2" if profile is None else profile, path=path,
        )

    def service_linked(self, short, service, actions):
        return self.role(
            f"AWSServiceRoleFor{short}", "no",
            "A service-linked role is used by its service only and its permissions are fixed by AWS.",
            inline={f"{short}ServiceRolePolicy": [allow(actions)]},
            trust=trust_service(service), path=f"/aws-service-role/{service}/",
        )

    # Files.

    def listing(self, name, content):
        self.listings[name] = content

    def details(self):
        return {
            "GroupDetailList": list(self.groups.values()),
            "Policies": list(self.policies.values()),
            "RoleDetailList": list(self.roles.values()),
            "UserDetailList": list(self.users.values()),
        }

    def credential_report(self):
        columns = (
            "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
            "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
            "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
            "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
            "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
            "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
        ).split(",")
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        none, used = ["N/A"] * 3, ["2026-05-01T10:00:00+00:00", "eu-west-1", "sts"]
        writer.writerow(
            ["<root_account>", self.arn("root"), CREATED, "not_supported", "no_information", "not_supported",
             "not_supported", "true"] + ["false", "N/A"] + none + ["false", "N/A"] + none
            + ["false", "N/A", "false", "N/A"]
        )
        for name, arn, keys, password in self.credentials:
            row = [name, arn, CREATED]
            row += ["true", "no_information", CREATED, "N/A"] if password else ["false", "N/A", "N/A", "N/A"]
            row += ["false"]
            row += ["true", CREATED] + used if keys > 0 else ["false", "N/A"] + none
            row += ["true", CREATED] + none if keys > 1 else ["false", "N/A"] + none
            row += ["false", "N/A", "false", "N/A"]
            writer.writerow(row)
        return {
            "Content": base64.b64encode(text.getvalue().encode()).decode(),
            "GeneratedTime": GENERATED,
            "ReportFormat": "text/csv",
        }


def encoded(body):
    """A document as the API gives it: a URL-encoded string."""
    return urllib.parse.quote(json.dumps(body), safe="")


def text_of(content):
    """Compact JSON with sorted keys and one entry of a top list per line."""
    def line(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    parts = []
    for key in sorted(content):
        value = content[key]
        if isinstance(value, list) and value:
            rows = ",\n".join(line(row) for row in value)
            parts.append(f"{line(key)}:[\n{rows}\n]")
        else:
            parts.append(f"{line(key)}:{line(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


class Case:
    """One folder: one account, or several whose files are told apart by their number."""

    def __init__(self, family, name, *accounts, report=True):
        self.family, self.name, self.accounts, self.report = family, name, accounts, report
        self.files = {}  # Files about the organisation, not about one account.

    def write(self, top):
        folder = top / self.family / self.name
        folder.mkdir(parents=True)
        expected = {}
        for account in self.accounts:
            prefix = f"{account.number}-" if len(self.accounts) > 1 else ""
            files = {"account-authorization-details": account.details(), **account.listings}
            if self.report and account.users:
                files["credential-report"] = account.credential_report()
            for name, content in files.items():
                (folder / f"{prefix}{name}.json").write_text(text_of(content), encoding="utf-8")
            for arn, entry in account.expected.items():
                assert arn not in expected, arn
                expected[arn] = entry
        for name, content in self.files.items():
            (folder / f"{name}.json").write_text(text_of(content), encoding="utf-8")
        rows = ",\n".join(
            json.dumps(arn) + ":" + json.dumps(expected[arn], sort_keys=True, ensure_ascii=False)
            for arn in sorted(expected)
        )
        (folder / "expected.json").write_text("{\n" + rows + "\n}\n", encoding="utf-8")
