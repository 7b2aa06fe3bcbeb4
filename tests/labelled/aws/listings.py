"""Listings of things that run as a role, in the form in which the AWS CLI prints them."""


def functions(account, *roles):
    return {
        "Functions": [
            {
                "CodeSize": 1024,
                "FunctionArn": f"arn:aws:lambda:eu-west-1:{account.number}:function:fn-{role}",
                "FunctionName": f"fn-{role}",
                "Handler": "main.handler",
                "LastModified": "2025-03-01T09:00:00.000+0000",
                "PackageType": "Zip",
                "Role": account.role_arn(role),
                "Runtime": "python3.12",
            }
            for role in roles
        ]
    }


def instances(account, *roles, state="running"):
    rows = []
    for number, role in enumerate(roles):
        instance = {
            "ImageId": "ami-00000000000000001",
            "InstanceId": f"i-0000000000000000{number}",
            "InstanceType": "t3.micro",
            "State": {"Code": 16 if state == "running" else 80, "Name": state},
        }
        if role:
            arn = account.roles[role]["InstanceProfileList"][0]["Arn"]
            instance["IamInstanceProfile"] = {"Arn": arn, "Id": f"AIPAEXAMPLE{number}"}
        rows.append(
            {"Groups": [], "Instances": [instance], "OwnerId": account.number, "ReservationId": f"r-0000000{number}"}
        )
    return {"Reservations": rows}


def projects(account, *roles):
    return {
        "projects": [
            {
                "arn": f"arn:aws:codebuild:eu-west-1:{account.number}:project/build-{role}",
                "name": f"build-{role}",
                "serviceRole": account.role_arn(role),
                "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2"},
            }
            for role in roles
        ],
        "projectsNotFound": [],
    }


def stacks(account, *roles):
    rows = []
    for number, role in enumerate(roles):
        row = {
            "CreationTime": "2025-03-01T09:00:00+00:00",
            "StackId": f"arn:aws:cloudformation:eu-west-1:{account.number}:stack/stack-{number}/00000000-0000-0000-0000-00000000000{number}",
            "StackName": f"stack-{number}",
            "StackStatus": "UPDATE_COMPLETE",
        }
        if role:
            row["RoleARN"] = account.role_arn(role)
        rows.append(row)
    return {"Stacks": rows}


def _task_definition_arn(account, number):
    return f"arn:aws:ecs:eu-west-1:{account.number}:task-definition/job-{number}:1"


def tasks(account, *roles):
    rows = []
    for number, role in enumerate(roles):
        rows.append(
            {
                "clusterArn": f"arn:aws:ecs:eu-west-1:{account.number}:cluster/main",
                "enableExecuteCommand": True,
                "lastStatus": "RUNNING",
                "overrides": {"containerOverrides": [], "taskRoleArn": account.role_arn(role)},
                "taskArn": f"arn:aws:ecs:eu-west-1:{account.number}:task/main/0000000000000000000000000000000{number}",
                "taskDefinitionArn": _task_definition_arn(account, number),
            }
        )
    return {"failures": [], "tasks": rows}


def task_definition(account, role):
    return {
        "taskDefinition": {
            "compatibilities": ["EC2", "FARGATE"],
            "containerDefinitions": [{"essential": True, "image": "example/job:1", "name": "job"}],
            "family": "job-0",
            "revision": 1,
            "status": "ACTIVE",
            "taskDefinitionArn": _task_definition_arn(account, 0),
            "taskRoleArn": account.role_arn(role),
        }
    }


def dev_endpoints(account, *roles):
    return {
        "DevEndpoints": [
            {"EndpointName": f"dev-{role}", "RoleArn": account.role_arn(role), "Status": "READY"} for role in roles
        ]
    }


def notebook(account, role, status="InService"):
    return {
        "NotebookInstanceArn": f"arn:aws:sagemaker:eu-west-1:{account.number}:notebook-instance/lab",
        "NotebookInstanceName": "lab",
        "NotebookInstanceStatus": status,
        "RoleArn": account.role_arn(role),
    }


def _without_role(row):
    return {key: value for key, value in row.items() if key != "RoleArn"}


ALL = ("ec2", "lambda", "codebuild", "cloudformation", "ecs-tasks", "glue", "sagemaker")


def add(account, role_of):
    """Every listing; `role_of` gives the role of the one thing of each service, or None for no thing."""
    def one(service):
        role = role_of(service)
        return [role] if role else []

    account.listing("lambda-list-functions", functions(account, *one("lambda")))
    account.listing("ec2-describe-instances", instances(account, *one("ec2")))
    account.listing("codebuild-batch-get-projects", projects(account, *one("codebuild")))
    account.listing("cloudformation-describe-stacks", stacks(account, *one("cloudformation")))
    account.listing("ecs-describe-tasks", tasks(account, *one("ecs-tasks")))
    account.listing(
        "ecs-list-task-definitions",
        {"taskDefinitionArns": [_task_definition_arn(account, 0) for _ in one("ecs-tasks")]},
    )
    if one("ecs-tasks"):
        account.listing("ecs-describe-task-definition", task_definition(account, one("ecs-tasks")[0]))
    account.listing("glue-get-dev-endpoints", dev_endpoints(account, *one("glue")))
    account.listing(
        "sagemaker-list-notebook-instances",
        {"NotebookInstances": [_without_role(notebook(account, role)) for role in one("sagemaker")]},
    )
    if one("sagemaker"):
        account.listing("sagemaker-describe-notebook-instance", notebook(account, one("sagemaker")[0]))
