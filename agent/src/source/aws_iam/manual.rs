//! The manual page of the source.

/// What the source reads, what for, and what that costs, in Markdown; the table of calls follows it
/// ([`super::CALLS_TABLE`]).
pub const DOC: &str = r#"
The `aws_iam` source looks into one account of Amazon Web Services: who can authenticate in it, with
what, and what that allows.

### What it reads

| what | from | and says |
|---|---|---|
| users, groups, roles, the account's root | authorization details, credential report | creation, path, tags, groups, last use; roles below `/aws-service-role/` and `/aws-reserved/` count as made by the provider |
| what they may do | authorization details | every inline policy, managed policy, boundary and trust with its document; of the provider's own policies those that apply to somebody |
| passwords, access keys, signing certificates | credential report, and the lists of keys of the users that have some | age, state, last use |
| second factors, credentials for single services | their lists | whose they are, age, end |
| server certificates, ACM certificates | their lists, and the certificates themselves | the certificate, by whose digest it is known on a host's disk |
| OIDC and SAML issuers | their lists | as federation of the account's root: issuer, audiences, end |
| secrets, SecureString parameters | their lists | name, age, rotation, last access |
| KMS keys | their list and descriptions | age, state, end, who manages them |
| which services users and roles made use of | service last accessed, on a slow schedule | the last use of each service, or that there was none in the trailing 400 days |
| what runs with a role | in each region: machines, launch templates (the newest and the default version), functions, ECS services, tasks and task definitions, build projects, stacks, Glue jobs and end points, notebooks, App Runner, Batch, Step Functions, EMR, Bedrock AgentCore | which role each runs with |

It reads metadata. No call in the table below returns the value of a secret, a parameter or a private
key, and the permissions do not allow one that would. The descriptions of functions, tasks, jobs and
projects come with their environment, in which people put passwords: it is passed over, and neither
told, recorded nor logged. Whoever wants no such answer at all leaves the statement
`MusterReadsWhatRunsWithWhichRole` out of the policy, and has gaps there.

### What it cannot see

* **Four hours.** The provider makes the credential report at most every four hours. A key made since
  then is listed with the next report; `credential_report_generated_at` at the account's root says
  when that was. A use is unknown, and not "never", for a key that the report does not show.
* **Which of two keys was used**, if both were made in the same second or changed since: then the use
  of both is unknown. The ids of the root's access keys: they are shown as `.../root/access_key_1`.
* **Keys of which the report shows nothing**: a key that is neither active nor has a date there.
* **Uses before the provider kept count**: passwords before 20 October 2014, access keys before
  22 April 2015, roles before the trailing 400 days. "Never" is said only for what is younger.
* **What runs in other regions** than those in `regions`: name every region in which something may run.
* **Task definitions are described once.** A revision never changes, so the agent asks for it once in its
  life; only those that are active count.
* **SSH public keys**, unless `ssh_public_keys = true`: they cost a call per user, so that is off by
  default, and then nothing is concluded from their absence.
* **Hardware second factors**: that a user has one is in the user's details (`mfa_active`), but not
  which one.

### Settings

```toml
[[source]]
kind = "aws_iam"
profile = "audit"                       # else AWS_PROFILE, else "default"
regions = ["eu-central-1", "us-east-1"] # for stores, and for what runs
ssh_public_keys = false
calls_per_second_max = 20
usage_calls_per_hour_max = 600          # 0: nobody is asked what was made use of
usage_age_days_max = 7
organisation = false                    # ask for the organisation, too
# member_role = "muster"                # and look into every account of it by this role
ca_bundle = "/etc/ssl/proxy.pem"        # else AWS_CA_BUNDLE
# from = "/var/lib/prints"              # read what was printed, in place of asking
# record = "/var/lib/prints"            # write what was answered, for another day
```

All are optional. Credentials come from where the provider's own tools look for them: the environment,
the shared files, a web identity token, the role of the container or the machine. `AWS_ENDPOINT_URL`,
`AWS_ENDPOINT_URL_<SERVICE>`, `HTTPS_PROXY` and `NO_PROXY` are honoured. One agent looks into one
account per entry; give each its profile, which may name a role to assume; or one entry into a whole
organisation, see below.

### Permissions

`deploy/policies/aws.json` allows exactly the calls below and nothing else, but for those of an organisation,
which are in `deploy/policies/aws-organisation.json`; both are made from the list of calls. The
provider's `SecurityAudit` contains more than that, `ReadOnlyAccess` far more.

### Without asking: `from`

```sh
aws iam get-account-authorization-details > prints/details.json
aws iam generate-credential-report && aws iam get-credential-report > prints/report.json
muster audit aws_iam --from prints
```

With `--from PATH`, or `from = "PATH"` in the section, the source needs no credentials and no network: it
reads what the provider's command line printed as JSON, in one file or in a folder of files, and reports it in
the scopes of a live scan. Files are told apart by what is in them, whatever their names; pages of one call
and several accounts may lie side by side. The account is the one in the ARNs; for a file without any, such
as an empty list, it is that of the twelve digits that its name begins with, else the only one there is.

* The account's details alone are enough to judge who may do what. Without the credential report nothing is
  known of passwords and keys, and its scope is abandoned; without lists of access keys, keys are named after
  their users. Other calls that nobody printed have no scope.
* A file that is cut, empty, larger than 100 MB or not what it seems to be abandons the listing that it is a
  part of, by name and reason. What is no print at all is passed over with a warning.
* Where a document of one of the provider's own policies is missing, the grant stays and what it allows is
  unknown. Any other list that is missing from the details makes them incomplete.
* What runs with which role is read from the prints of `lambda list-functions`, `ec2 describe-instances`,
  `ec2 describe-launch-template-versions`, `iam list-instance-profiles`, `ecs describe-services`,
  `describe-tasks`, `describe-task-definition` and `list-task-definitions`, `codebuild batch-get-projects`,
  `cloudformation describe-stacks`, `glue get-jobs` and `get-dev-endpoints`, `sagemaker
  list-notebook-instances` and `describe-notebook-instance`, `apprunner describe-service`, `batch
  describe-job-definitions`, `stepfunctions describe-state-machine`, `emr describe-cluster` and
  `bedrock-agentcore-control get-agent-runtime`. Where no ARN and no zone tells the region, it is the one in
  the file's name, such as `123456789012-eu-west-1-jobs.json`, else `aws-global`.
* What an organisation lays down is read from `organizations describe-organization`, `list-roots`,
  `list-organizational-units-for-parent`, `list-accounts`, `list-parents`, `list-children`,
  `describe-policy`, `list-targets-for-policy` and `list-policies-for-target`. Some of these do not say
  what they are about: let the file's name end in the id of the child, the node or the policy, as in
  `list-targets-for-policy-p-a1b2c3d4.json`. Its scopes are those of the management account. Nothing that
  an organisation lays down holds in its management account, so nothing of it is told of that one. If only
  the accounts were printed, it is told who is in the organisation, and nothing of bounds. Policies that lie
  beside one account alone hang on it, if no print says where they hang.
* What the provider remembers of uses is held against the present, not against the day of the print.

`muster-agent scan aws_iam --record DIR`, or `record = "DIR"` in the section, writes such files from a live
scan: the account's details, the credential report, the access keys, the instance profiles and what runs with
which role, each if it was listed to its end. Of what runs only what is told is written, and which listings
came to their end, also where they are empty (`...-listed-to-the-end.json`). The files hold no secret, but
they are a map of the account; the folder is made for its owner alone.

### Scopes

`aws_iam/<account>/<region>/<service>:<Api>`, with `aws-global` for IAM, which is the same in all
regions. Each is listed to its end or abandoned with the reason: a denied
`secretsmanager:ListSecrets` in one region says nothing about the others. Access keys, signing
certificates and credentials for single services need the credential report and are abandoned with it.
A key of KMS whose own policy forbids us to describe it makes its region's `kms:ListKeys` abandoned,
after all others were reported. What runs is told in the scope of the call that describes it, such as
`ecs:DescribeServices`, whichever of the calls for it is refused; a service that is not offered in a region
is a gap there, since its silence cannot be told from a broken line.

### What a scan costs

Calls for 100, 1000 and 10000 principals: two users with an access key for three roles, and a policy of the
account for ten principals. A test measures this table.

| calls | 100 | 1000 | 10000 |
|---|---|---|---|
| `iam:GetAccountAuthorizationDetails` | 3 | 6 | 39 |
| `iam:ListAccessKeys` | 40 | 400 | 4000 |
| `iam:GenerateServiceLastAccessedDetails` | 100 | 300 | 300 |
| `iam:GetServiceLastAccessedDetails` | 100 | 300 | 300 |
| all others, for one region in which nothing runs | 28 | 28 | 28 |
| **together** | 271 | 1034 | 4667 |

Uses are bounded by `usage_calls_per_hour_max`, which is 600 here, and in later scans asked anew only for those whose
answer is older than `usage_age_days_max`.

Each further region adds 19 calls, and what runs there one call a page, or one for each thing that no list
describes: task definitions (once), notebooks, App Runner services, state machines, EMR clusters, runtimes of
agents.

### A whole organisation

With `organisation = true`, from the management account of an organisation or one that it has delegated this to, its
accounts, roots and units are asked for once a scan, and its service and resource control policies with what they hang
on: the same facts in the same scopes as from prints of them. With `member_role = "NAME"` every other open account is
entered by `sts:AssumeRole` of that role and looked into as our own, with the same regions, four at once, each under a
budget of its own. An account that cannot be entered is a gap, `aws_iam/<account>/aws-global/sts:GetCallerIdentity` with
the reason, and the others go on. What a role hands out holds for an hour; an account that takes longer breaks off, and
is told as that. Each member account needs the role with `deploy/policies/aws.json` and a trust in ours; ours needs
`deploy/policies/aws-organisation.json` besides, which names the role `muster`. Of the organisation itself nothing is
recorded by `record`; of its accounts, what of ours is.

### What was made use of

The provider tells for each user and role which services it used last when, for two calls or more each. So they are
asked on a schedule of their own: at most `usage_calls_per_hour_max` calls in an hour (600), each anew after
`usage_age_days_max` days (7). Those never asked come first, of them those with the most policies that allow the
action `*` (their groups' count as theirs), then by ARN; after them those whose answer is too old, in the same order,
the oldest answers first. Roles that the provider made are not asked about: nobody else can give them less.

Answers are remembered by the running agent and told with every scan. Until everybody was asked once, the scope
`iam:GetServiceLastAccessedDetails` is abandoned with "N of M principals asked so far": what is known is kept, and
nothing is concluded of the others. 10000 principals take a day and a half. A single scan asks for one hour's worth.

Of prints, `aws iam get-service-last-accessed-details --job-id ID` does not say whom it is about. Let the file's name end in
the sort and the name of the principal, as in `123456789012-used-role-deploy.json` or `used-user-ada.json`; a print whose
name says nobody that the account's details know is passed over with a warning, and whoever has none is missed.

### Rate limits

All calls of an account share one budget, whichever section of the configuration they are made for (the
lowest `calls_per_second_max` of an account's sections holds): at most `calls_per_second_max` on average, ten at once
after a quiet time, eight under way. When the provider says "too many" (429, 503, `Throttling`), the
pace is halved, its `Retry-After` holds for all calls, and the pace recovers with every good answer; a
call is put off eight times at most, or given up at once if it is to wait for more than five minutes.
A refusal (403) is never tried again. A 500 or a cut connection is tried three times.

### What a thief of the agent would gain

The names of all identities, their policies and which of them are stale: a map for an attack, but no
way in. No secret value, no private key, no way to change or to become anything: none of the calls
writes, and none hands out credentials but `sts:AssumeRole`, which only an agent with a `member_role`
may call, for that role. The answers about what runs hold environments, and so what people put there:
whoever has the permissions of `MusterReadsWhatRunsWithWhichRole` can read these. Prefer a role without long-lived keys for the agent (a web identity
token or the machine's role); its own access key, if it has one, appears in the inventory like any other.
"#;
