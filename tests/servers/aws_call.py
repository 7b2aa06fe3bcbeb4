"""Calls an AWS API by the vendor's own client: a test's hand on the account.

    aws_call.py ENDPOINT < [{"service": "iam", "call": "list_users", "arguments": {}}, ...]

Prints the answers as one JSON list, in order; a refused call is {"error": "AccessDenied"}. The
credentials and the region come from the usual environment variables.
"""

import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

answers = []
for call in json.load(sys.stdin):
    client = boto3.client(
        call["service"],
        endpoint_url=sys.argv[1],
        region_name=call.get("region", os.environ.get("AWS_REGION", "us-east-1")),
        config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 1}),
    )
    try:
        answer = getattr(client, call["call"])(**call.get("arguments", {}))
        answer.pop("ResponseMetadata", None)
    except ClientError as error:
        answer = {"error": error.response["Error"]["Code"]}
    answers.append(answer)
json.dump(answers, sys.stdout, default=str)
