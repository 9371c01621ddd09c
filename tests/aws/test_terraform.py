"""The Terraform module has the resources, settings and rights of the SAM template."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("hcl2")

from terraform import NAMES, TERRAFORM, cloudformation, module, terraform
from translated import translated

from margins.aws.regions import RECEIVING

FUNCTIONS = [n.removeprefix("module.") for n in NAMES if n.startswith("module.")]


@pytest.fixture(scope="module")
def sam() -> dict[str, Any]:
    """The template's resources, in words that can be compared."""
    said = translated()
    parameters = set(said["Parameters"])
    return {
        name: {**cloudformation(r.get("Properties", {}), parameters), "Type": r["Type"]}
        for name, r in said["Resources"].items()
    }


def _tf(address: str) -> Any:
    return terraform(module()[address])


def test_the_same_resources(sam: dict[str, Any]) -> None:
    """None is missing, and none is there on its own; what differs is named."""
    ours = {n for n in module() if n != "locals" and not n.startswith(("variable.", "output."))}
    assert ours == set(NAMES)
    alarms = {name for name, said in sam.items() if said["Type"] == "AWS::CloudWatch::Alarm"}
    roles = {name for name in sam if name.endswith("FunctionRole")}  # part of each function
    elsewhere = {"ApiFunctionURLInvokeAllowPublicAccess"}  # a command, in output api_permission
    assert set(sam) - roles - alarms - elsewhere == set(NAMES.values()) - alarms
    assert "add-permission" in module()["output.api_permission"]["value"]


def test_the_same_conditions() -> None:
    """What is there only for some who deploy is there for the same."""
    counts = {
        None: None,
        "Activates": "${var.activate_rule_set ? 1 : 0}",
        "HasAlarmEmail": '${var.alarm_email == "" ? 0 : 1}',
        "HasNotesApi": "${var.notes_api ? 1 : 0}",
        "HasUserPool": "${var.user_pool ? 1 : 0}",
        "HasZone": '${var.hosted_zone_id == "" ? 0 : 1}',
    }
    said = translated()["Resources"]
    theirs = {address: counts[said[name].get("Condition")] for address, name in NAMES.items()}
    assert {address: module()[address].get("count") for address in NAMES} == theirs


def test_the_same_parameters() -> None:
    """As variables, with the same defaults."""
    said = translated()["Parameters"]
    words = {"yes": True, "no": False}

    def default(parameter: dict[str, Any]) -> Any:
        value = parameter.get("Default")
        return [] if parameter["Type"] == "CommaDelimitedList" else words.get(value, value)

    theirs = {name.lower(): default(each) for name, each in said.items()}
    ours = {
        name.removeprefix("variable.").replace("_", ""): each.get("default")
        for name, each in module().items()
        if name.startswith("variable.") and name != "variable.packages"
    }
    assert ours == theirs


def test_the_same_rules() -> None:
    """Parameters that need one another are preconditions."""
    [lifecycle] = module()["aws_ses_receipt_rule_set.this"]["lifecycle"]
    rules = translated()["Rules"].values()
    assertions = [each for rule in rules for each in rule["Assertions"]]
    *theirs, region = lifecycle["precondition"]
    assert len(theirs) == len(assertions)
    assert region["condition"] == "${contains(local.receiving, local.region)}"
    assert set(module()["locals"]["receiving"]) == RECEIVING


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_functions(sam: dict[str, Any], name: str) -> None:
    """Handlers, time-outs, memory, variables and what all have in common."""
    ours, theirs = _tf(f"module.{name}"), sam[NAMES[f"module.{name}"]]
    shared = module("function")["aws_lambda_function.this"]
    for word, their in {"handler": "Handler", "description": "Description", "timeout": "Timeout",
                        "memory": "MemorySize"}.items():  # fmt: skip
        assert ours[word] == theirs[their]
    assert ours["log_group"] == theirs["LoggingConfig"]["LogGroup"]
    assert (shared["runtime"], shared["architectures"]) == ("python3.13", theirs["Architectures"])
    assert shared["tracing_config"] == [{"mode": theirs["TracingConfig"]["Mode"]}]
    assert shared["logging_config"][0]["log_format"] == theirs["LoggingConfig"]["LogFormat"]
    wanted = dict(theirs["Environment"]["Variables"])
    shared_variables = module()["locals"]["shared"]
    alone = module()[f"module.{name}"]["environment"] == "${local.shared}"
    variables = dict(terraform(shared_variables) if alone else ours["environment"])
    if url := wanted.pop("MARGINS_API_URL", None):
        assert "<ApiFunctionUrl.FunctionUrl>graphql" in json.dumps(url)
        assert "<ApiFunctionUrl>graphql" in json.dumps(variables.pop("MARGINS_API_URL"))
    assert variables == wanted


def _own_log(ours: dict[str, Any], statement: dict[str, Any]) -> dict[str, Any]:
    """A statement of all functions, about this one's log group."""
    log = ours["log_group"].replace(">", ".Arn>")  # CloudFormation's ends in `:*` by itself
    return statement | {"Resource": statement["Resource"].replace("<loggroup.arn>:*", log)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_same_rights(sam: dict[str, Any], name: str) -> None:
    """Statement by statement, to the letter; those of subnets where there are subnets."""
    ours, role = _tf(f"module.{name}"), sam[f"{NAMES[f'module.{name}']}Role"]
    [policy] = role["Policies"]
    shared = {part: terraform(said) for part, said in module("function")["locals"].items()}
    statements = [*ours["statements"], *(_own_log(ours, s) for s in shared["of_every_function"])]
    if "subnets" in ours:
        none = "<AWS::NoValue>"
        statements += [{"Fn::If": ["HasSubnets", s, none]} for s in shared["in_subnets"]]
    assert statements == policy["PolicyDocument"]["Statement"]
    assert "ManagedPolicyArns" not in role
    granted = module("function")["aws_iam_role_policy.this"]["policy"]
    for part in ("var.statements", "local.of_every_function", "local.in_subnets"):
        assert part in granted
    assert not any("attachment" in name for name in module("function"))


def test_the_same_policies(sam: dict[str, Any]) -> None:
    """Of the bucket, the queue and the key."""
    for address, part in (
        ("aws_s3_bucket_policy.mail", "PolicyDocument"),
        ("aws_sqs_queue_policy.mail", "PolicyDocument"),
        ("aws_kms_key.signing", "KeyPolicy"),
    ):
        assert _tf(address)["policy"] == sam[NAMES[address]][part], address


def test_the_same_queues(sam: dict[str, Any]) -> None:
    """Visibility, retention, encryption and where dead letters go."""
    for address in ("aws_sqs_queue.mail", "aws_sqs_queue.dead_letters"):
        ours, theirs = _tf(address), sam[NAMES[address]]
        assert ours["name"] == theirs["QueueName"]
        assert ours["sqs_managed_sse_enabled"] is theirs["SqsManagedSseEnabled"]
        assert ours["message_retention_seconds"] == theirs["MessageRetentionPeriod"]
        assert ours.get("visibility_timeout_seconds") == theirs.get("VisibilityTimeout")
        assert ours.get("redrive_policy") == theirs.get("RedrivePolicy")


def test_the_same_bucket(sam: dict[str, Any]) -> None:
    """Private, encrypted, versioned, tidied up, and telling the queue."""
    theirs = sam["MailBucket"]
    [rule] = theirs["LifecycleConfiguration"]["Rules"]
    [ours] = _tf("aws_s3_bucket_lifecycle_configuration.mail")["rule"]
    assert ours["noncurrent_version_expiration"] == [
        {"noncurrent_days": rule["NoncurrentVersionExpiration"]["NoncurrentDays"]}
    ]
    assert ours["abort_incomplete_multipart_upload"] == [
        {"days_after_initiation": rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]}
    ]
    assert ours["expiration"] == [
        {"expired_object_delete_marker": rule["ExpiredObjectDeleteMarker"]}
    ]
    assert set(rule) == {
        "Id", "Status", "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload",
        "ExpiredObjectDeleteMarker",
    }  # fmt: skip
    blocked = _tf("aws_s3_bucket_public_access_block.mail")
    assert [blocked[n] for n in blocked if n != "bucket"] == [True] * 4
    assert set(theirs["PublicAccessBlockConfiguration"].values()) == {True}
    assert _tf("aws_s3_bucket_versioning.mail")["versioning_configuration"] == [
        {"status": theirs["VersioningConfiguration"]["Status"]}
    ]
    assert _tf("aws_s3_bucket.mail")["bucket"] == theirs["BucketName"]
    [told] = theirs["NotificationConfiguration"]["QueueConfigurations"]
    assert _tf("aws_s3_bucket_notification.mail")["queue"] == [
        {
            "queue_arn": told["Queue"],
            "events": [told["Event"]],
            "filter_prefix": told["Filter"]["S3Key"]["Rules"][0]["Value"],
        }
    ]


def test_the_same_tables(sam: dict[str, Any]) -> None:
    """Keys and indexes; their attributes are those of the indexes."""

    def keys(hash_key: str, range_key: str | None = None) -> list[dict[str, str]]:
        both = [(hash_key, "HASH"), *([(range_key, "RANGE")] if range_key else [])]
        return [{"AttributeName": name, "KeyType": kind} for name, kind in both]

    for address in ("aws_dynamodb_table.ledger", "aws_dynamodb_table.senders"):
        ours, theirs = _tf(address), sam[NAMES[address]]
        assert keys(ours["hash_key"], ours.get("range_key")) == theirs["KeySchema"]
        indexes = [
            {
                "IndexName": index["name"],
                "KeySchema": keys(index["hash_key"], index.get("range_key")),
                "Projection": {"ProjectionType": index["projection_type"]},
            }
            for index in ours.get("global_secondary_index", ())
        ]
        assert indexes == theirs.get("GlobalSecondaryIndexes", [])
        assert ours["billing_mode"] == theirs["BillingMode"]
        assert ours["point_in_time_recovery"] == [{"enabled": True}]


def test_the_same_events(sam: dict[str, Any]) -> None:
    """The queue's mapping, the schedules, and who may invoke what."""
    mapping = _tf("aws_lambda_event_source_mapping.mail")
    assert {
        "BatchSize": mapping["batch_size"],
        "EventSourceArn": mapping["event_source_arn"],
        "FunctionName": mapping["function_name"],
        "FunctionResponseTypes": mapping["function_response_types"],
        "ScalingConfig": {
            "MaximumConcurrency": mapping["scaling_config"][0]["maximum_concurrency"]
        },
        "Type": "AWS::Lambda::EventSourceMapping",
    } == sam["ParserFunctionMail"]
    for name in ("tick", "hour"):
        address = f"aws_cloudwatch_event_rule.{name}"
        rule, theirs = _tf(address), sam[NAMES[address]]
        assert rule["schedule_expression"] == theirs["ScheduleExpression"]
        assert _tf(f"aws_cloudwatch_event_target.{name}")["arn"] == theirs["Targets"][0]["Arn"]
    for address in (n for n in NAMES if n.startswith("aws_lambda_permission.")):
        ours, theirs = _tf(address), sam[NAMES[address]]
        assert (ours["principal"], ours["action"]) == (theirs["Principal"], theirs["Action"])
        assert ours.get("source_arn") == theirs.get("SourceArn")
        assert ours["function_name"] == theirs["FunctionName"].replace(".Arn", "")


def test_the_same_rule(sam: dict[str, Any]) -> None:
    """Ask the gate, then keep the mail."""
    ours, theirs = _tf("aws_ses_receipt_rule.keep"), sam["Rule"]["Rule"]
    asked, kept = theirs["Actions"]
    assert ours["lambda_action"] == [
        {
            "position": 1,
            "function_arn": asked["LambdaAction"]["FunctionArn"],
            "invocation_type": asked["LambdaAction"]["InvocationType"],
        }
    ]
    assert ours["s3_action"] == [
        {
            "position": 2,
            "bucket_name": kept["S3Action"]["BucketName"],
            "object_key_prefix": kept["S3Action"]["ObjectKeyPrefix"],
        }
    ]
    for word, their in {"name": "Name", "enabled": "Enabled", "scan_enabled": "ScanEnabled",
                        "tls_policy": "TlsPolicy", "recipients": "Recipients"}.items():  # fmt: skip
        assert ours[word] == theirs[their]


def test_the_same_activation(sam: dict[str, Any]) -> None:
    """Of our rule set, once its rule is there, by the function, which is told of a deletion too."""
    before, ours = (_tf(f"aws_lambda_invocation.{name}") for name in ("before", "activation"))
    theirs = sam["Activation"]
    for each in (before, ours):
        assert f"{each['function_name'].rstrip('>')}.Arn>" == theirs["ServiceToken"]
    assert before["input"] == {"Action": "DescribeActiveReceiptRuleSet"}
    assert ours["input"] == {
        "RuleSetName": theirs["RuleSetName"],
        "Before": "${jsondecode(aws_lambda_invocation.before[0].result).RuleSetName}",
    }
    assert (before.get("lifecycle_scope"), ours["lifecycle_scope"]) == (None, "CRUD")
    assert "terraform_key" not in ours  # the function knows the provider's own
    assert before["depends_on"] == ["<Rule>"]
    assert translated()["Resources"]["Activation"]["DependsOn"] == "Rule"


def test_the_same_alarms(sam: dict[str, Any]) -> None:
    """All of them, with their thresholds."""
    local = module()["locals"]
    ours = terraform(local["alarms"])
    for part, name in (("api_alarms", "api"), ("user_pool_alarms", "registration")):
        function = {"FunctionName": f"${{one(module.{name}[*].name)}}"}
        [(alarm, said)] = local[part].items()
        assert said["dimensions"] == function
        ours[alarm] = said | {"dimensions": {"FunctionName": f"<{NAMES[f'module.{name}']}>"}}
    theirs = {
        name.removesuffix("Alarm"): {
            "description": a["AlarmDescription"],
            "namespace": a["Namespace"],
            "metric": a["MetricName"],
            "dimensions": {d["Name"]: d["Value"] for d in a["Dimensions"]},
            "statistic": a["Statistic"],
            "period": a["Period"],
            "evaluations": a["EvaluationPeriods"],
            "threshold": a["Threshold"],
        }
        for name, a in sam.items()
        if a["Type"] == "AWS::CloudWatch::Alarm"
    }
    assert ours == theirs


def test_the_same_client_of_readers(sam: dict[str, Any]) -> None:
    """How they sign in, and for how long."""
    ours, theirs = _tf("aws_cognito_user_pool_client.readers"), sam["ReadersClient"]
    assert ours["user_pool_id"] == theirs["UserPoolId"]
    for word, their in {
        "name": "ClientName", "generate_secret": "GenerateSecret",
        "explicit_auth_flows": "ExplicitAuthFlows",
        "supported_identity_providers": "SupportedIdentityProviders",
        "prevent_user_existence_errors": "PreventUserExistenceErrors",
        "enable_token_revocation": "EnableTokenRevocation",
        "access_token_validity": "AccessTokenValidity", "id_token_validity": "IdTokenValidity",
        "refresh_token_validity": "RefreshTokenValidity",
    }.items():  # fmt: skip
        assert ours[word] == theirs[their], word
    [units] = ours["token_validity_units"]
    assert list(units.values()) == list(theirs["TokenValidityUnits"].values())


def test_the_same_dashboard(sam: dict[str, Any]) -> None:
    """Widget by widget."""
    ours = (TERRAFORM / "dashboard.json").read_text()
    for name, their in {"region": "<region>", "stage": "<stage>", "gate": "<GateFunction>",
                        "parser": "<ParserFunction>"}.items():  # fmt: skip
        ours = ours.replace(f"${{{name}}}", their)
    assert json.loads(ours) == json.loads(sam["Dashboard"]["DashboardBody"])


def test_the_same_outputs() -> None:
    """`margins doctor` reads the same names."""
    ours = {n.removeprefix("output.") for n in module() if n.startswith("output.")}
    assert ours - {"api_permission"} == set(translated()["Outputs"])
