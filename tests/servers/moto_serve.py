"""Serves moto's AWS on a free loopback port, seeded in process.

    moto_serve.py SEED PORT_FILE

SEED is a JSON file, see `tests/servers/README.md`. Seeding in process makes 5,000 users in seconds, and sets
what moto's API cannot: creation dates, last use, access key ids. The port is written to PORT_FILE
once the server is seeded and answers.
"""

import json
import os
import sys
import threading
from datetime import datetime

import boto3

SEED = json.load(open(sys.argv[1], encoding="utf-8"))
if SEED.get("aws_managed"):
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import AccessKeyLastUsed, iam_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

REGION = "us-east-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def moment(text):
    """moto keeps moments in UTC without a zone."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=None)


def tags_of(spec):
    return [{"Key": key, "Value": value} for key, value in spec.get("tags", {}).items()]


class Seeder:
    def __init__(self, account):
        self.account = account
        self.iam = iam_backends[account]["aws"]
        self.by_arn = {policy.arn: policy for policy in self.iam.managed_policies.values()}

    def policy(self, spec):
        policy = self.iam.create_policy(
            spec.get("description", ""),
            spec.get("path", "/"),
            json.dumps(spec["document"]),
            spec["name"],
            tags_of(spec),
        )
        self.date(policy, spec)
        self.by_arn[policy.arn] = policy

    def group(self, spec):
        group = self.iam.create_group(spec["name"], spec.get("path", "/"))
        self.date(group, spec)
        for name, document in spec.get("inline", {}).items():
            self.iam.put_group_policy(spec["name"], name, json.dumps(document))
        self.attach(group, spec)

    def user(self, spec):
        user = self.iam.create_user(REGION, spec["name"], spec.get("path", "/"), tags_of(spec))
        self.date(user, spec)
        if spec.get("password"):
            user.password = "made-up"
        if "password_last_used" in spec:
            user.password_last_used = moment(spec["password_last_used"])
        for group in spec.get("groups", []):
            self.iam.add_user_to_group(group, spec["name"])
        for name, document in spec.get("inline", {}).items():
            self.iam.put_user_policy(spec["name"], name, json.dumps(document))
        self.attach(user, spec)
        for key in spec.get("keys", []):
            self.key(user, key)

    def key(self, user, spec):
        key = self.iam.create_access_key(user.name, status=spec.get("status", "Active"))
        if "id" in spec:
            del self.iam.access_keys[key.access_key_id]
            key.access_key_id = spec["id"]
            self.iam.access_keys[spec["id"]] = key
        if "secret" in spec:
            key.secret_access_key = spec["secret"]
        self.date(key, spec)
        if "last_used" in spec:
            key.last_used = AccessKeyLastUsed(
                moment(spec["last_used"]), spec.get("service", "s3"), spec.get("region", REGION)
            )

    def role(self, spec):
        role = self.iam.create_role(
            spec["name"],
            json.dumps(spec.get("trust", TRUST)),
            spec.get("path", "/"),
            spec.get("boundary"),
            spec.get("description", ""),
            tags_of(spec),
            "3600",
        )
        self.date(role, spec)
        if "last_used" in spec:
            role.last_used = moment(spec["last_used"])
            role.last_used_region = spec.get("region", REGION)
        for name, document in spec.get("inline", {}).items():
            self.iam.put_role_policy(spec["name"], name, json.dumps(document))
        self.attach(role, spec)

    def date(self, thing, spec):
        if "created" in spec:
            thing.create_date = moment(spec["created"])

    def attach(self, thing, spec):
        for name in spec.get("attached", []):
            arn = name if name.startswith("arn:") else f"arn:aws:iam::{self.account}:policy/{name}"
            self.by_arn[arn].attach_to(thing)

    def many(self, spec):
        """Numbered kin: `user-00000` and on, each with `keys_per_user` keys; the same for roles."""
        dates = {name: spec[name] for name in ("created", "last_used") if name in spec}
        keys = [dict(dates) for _ in range(spec.get("keys_per_user", 0))]
        user = {name: value for name, value in dates.items() if name == "created"}
        document = spec.get("document", {"Version": "2012-10-17", "Statement": []})
        for number in range(spec.get("policies", 0)):
            self.policy({"name": f"policy-{number:05}", "document": document, **user})
        for number in range(spec.get("users", 0)):
            self.user({"name": f"user-{number:05}", "keys": keys, **user})
        for number in range(spec.get("roles", 0)):
            self.role({"name": f"role-{number:05}", **dates})

    def everything(self, seed):
        for policy in seed.get("policies", []):
            self.policy(policy)
        for group in seed.get("groups", []):
            self.group(group)
        for user in seed.get("users", []):
            self.user(user)
        for role in seed.get("roles", []):
            self.role(role)
        self.many(seed.get("many", {}))


def main():
    Seeder(SEED.get("account", DEFAULT_ACCOUNT_ID)).everything(SEED)
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler
    )
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for call in SEED.get("calls", []):
        client = boto3.client(
            call["service"],
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name=call.get("region", REGION),
            aws_access_key_id="seed",
            aws_secret_access_key="seed",
        )
        getattr(client, call["call"])(**call.get("arguments", {}))
    with open(sys.argv[2] + ".new", "w", encoding="utf-8") as file:
        file.write(str(port))
    os.rename(sys.argv[2] + ".new", sys.argv[2])
    threading.Event().wait()


main()
