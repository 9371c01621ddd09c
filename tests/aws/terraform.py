"""The Terraform module, and the SAM template, in words that can be compared.

A reference is written as `<Name>` or `<Name.Attribute>`, with the names of the template, on both
sides; a parameter as `<name>`, in lower case and without underscores; what stands for it when it is
empty comes after `or`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import hcl2
from functions import ROOT
from hcl2 import SerializationOptions

TERRAFORM = ROOT / "deploy" / "terraform"

# Every resource and module, and what it is in the template. More than one of Terraform's may be one
# of CloudFormation's.
NAMES = {
    "aws_s3_bucket.mail": "MailBucket",
    "aws_s3_bucket_server_side_encryption_configuration.mail": "MailBucket",
    "aws_s3_bucket_public_access_block.mail": "MailBucket",
    "aws_s3_bucket_ownership_controls.mail": "MailBucket",
    "aws_s3_bucket_versioning.mail": "MailBucket",
    "aws_s3_bucket_lifecycle_configuration.mail": "MailBucket",
    "aws_s3_bucket_notification.mail": "MailBucket",
    "aws_s3_bucket_policy.mail": "MailBucketPolicy",
    "aws_sqs_queue.mail": "MailQueue",
    "aws_sqs_queue.dead_letters": "DeadLetters",
    "aws_sqs_queue_policy.mail": "MailQueuePolicy",
    "aws_dynamodb_table.ledger": "LedgerTable",
    "aws_dynamodb_table.senders": "SendersTable",
    "aws_kms_key.signing": "SigningKey",
    "module.gate": "GateFunction",
    "module.parser": "ParserFunction",
    "module.upkeep": "UpkeepFunction",
    "module.api": "ApiFunction",
    "module.activation": "ActivationFunction",
    "module.registration": "RegistrationFunction",
    "aws_lambda_event_source_mapping.mail": "ParserFunctionMail",
    "aws_cloudwatch_event_rule.tick": "ParserFunctionTick",
    "aws_cloudwatch_event_target.tick": "ParserFunctionTick",
    "aws_lambda_permission.tick": "ParserFunctionTickPermission",
    "aws_cloudwatch_event_rule.hour": "UpkeepFunctionHour",
    "aws_cloudwatch_event_target.hour": "UpkeepFunctionHour",
    "aws_lambda_permission.hour": "UpkeepFunctionHourPermission",
    "aws_lambda_function_url.api": "ApiFunctionUrl",
    "aws_lambda_permission.api": "ApiFunctionUrlPublicPermissions",
    "aws_cloudwatch_log_group.gate": "GateLog",
    "aws_cloudwatch_log_group.parser": "ParserLog",
    "aws_cloudwatch_log_group.upkeep": "UpkeepLog",
    "aws_cloudwatch_log_group.api": "ApiLog",
    "aws_lambda_permission.gate": "GatePermission",
    "aws_ses_receipt_rule_set.this": "RuleSet",
    "aws_ses_receipt_rule.keep": "Rule",
    "aws_lambda_invocation.before": "Activation",
    "aws_lambda_invocation.activation": "Activation",
    "aws_route53_record.mx": "MxRecord",
    "aws_cognito_user_pool.readers": "Readers",
    "aws_cognito_user_pool_client.readers": "ReadersClient",
    "aws_lambda_permission.registration": "RegistrationPermission",
    "aws_sns_topic.alarms": "Alarms",
    "aws_sns_topic_subscription.alarms": "AlarmSubscription",
    "aws_cloudwatch_metric_alarm.this": "DeadLettersAlarm",
    "aws_cloudwatch_dashboard.this": "Dashboard",
}

_OPTIONS = SerializationOptions(
    with_comments=False, explicit_blocks=False, strip_string_quotes=True
)
_PSEUDO = {
    "data.aws_caller_identity.this.account_id": "<account>",
    "data.aws_partition.this.partition": "<partition>",
    "data.aws_region.this.name": "<region>",
}
_FUNCTION_CALL = re.compile(
    r"\$\{(?:jsonencode\((.*)\)|merge\(local\.shared, (\{.*\})\))\}", re.DOTALL
)
_OR = re.compile(r'\$\{var\.(\w+) == "" \? ([\w.]+) : var\.\1\}')
_CHOICE = re.compile(r'\$\{var\.(user_pool|notes_api) \? "(.*)" : ([\w.]+|"")\}')
_CONDITIONS = {"user_pool": "HasUserPool", "notes_api": "HasNotesApi"}
_COMPACT = re.compile(r"\$\{compact\(\[(.*)\]\)\}")


@cache
def module(folder: str = "") -> dict[str, Any]:
    """Blocks by `type.name`, `module.name` and so on; what is in `locals` together."""
    found: dict[str, Any] = {"locals": {}}
    for path in sorted((TERRAFORM / folder).glob("*.tf")):
        said = hcl2.loads(path.read_text(), serialization_options=_OPTIONS)
        for block in said.get("locals", ()):
            found["locals"] |= block
        for block in said.get("resource", ()):
            ((kind, named),) = block.items()
            found |= {f"{kind}.{name}": each for name, each in named.items()}
        for kind in ("module", "variable", "output"):
            for block in said.get(kind, ()):
                found |= {f"{kind}.{name}": each for name, each in block.items()}
    return found


def _reference(expression: str) -> str:
    """What stands between `${` and `}`."""
    text = re.sub(r"\[\d+\]", "", expression.strip())
    if text.startswith("local."):
        return str(terraform(module()["locals"][text.removeprefix("local.")]))
    if text.startswith("var."):
        return f"<{text.removeprefix('var.').replace('_', '')}>"
    if text in _PSEUDO:
        return _PSEUDO[text]
    if text in NAMES:
        return f"<{NAMES[text]}>"
    base, _, attribute = text.rpartition(".")
    if base not in NAMES:
        return f"${{{expression}}}"
    return f"<{NAMES[base]}{'.Arn' if attribute == 'arn' else ''}>"


def terraform(value: Any) -> Any:
    """A value of the module; `jsonencode` and the merging of variables are carried out."""
    if isinstance(value, dict):
        return {name.strip('"'): terraform(each) for name, each in value.items()}
    if isinstance(value, list):
        return [terraform(each) for each in value]
    if not isinstance(value, str):
        return value
    if either := _OR.fullmatch(value):
        return f"{_reference(f'var.{either[1]}')} or {_reference(either[2])}"
    if choice := _CHOICE.fullmatch(value):
        other = "" if choice[3] == '""' else _reference(choice[3])
        return {"Fn::If": [_CONDITIONS[choice[1]], terraform(choice[2]), other]}
    if listed := _COMPACT.fullmatch(value):
        return [_reference(each) for each in listed[1].split(",")]
    if call := _FUNCTION_CALL.fullmatch(value):
        inner = hcl2.loads(f"x = {call[1] or call[2]}\n", serialization_options=_OPTIONS)["x"]
        shared = module()["locals"]["shared"] if call[2] else {}
        return terraform({**shared, **inner})
    if (local := value[len("${local.") : -1]) in module()["locals"] and value[2:8] == "local.":
        return terraform(module()["locals"][local])
    return re.sub(r"\$\{([^{}?]+)\}", lambda found: _reference(found[1]), value)


_CLOUDFORMATION = {
    "AWS::AccountId": "<account>",
    "AWS::Partition": "<partition>",
    "AWS::Region": "<region>",
}


def _named(parameters: set[str]) -> Callable[[str], str]:
    def name(text: str) -> str:
        if text in parameters:
            return f"<{text.lower()}>"
        return _CLOUDFORMATION.get(text) or f"<{text.removesuffix('.QueueName')}>"

    return name


def cloudformation(value: Any, parameters: set[str]) -> Any:
    """A value of the template."""
    name = _named(parameters)
    if isinstance(value, list):
        return [cloudformation(each, parameters) for each in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return name(value["Ref"])
    if "Fn::GetAtt" in value:
        return name(".".join(value["Fn::GetAtt"]))
    if "Fn::If" in value:
        one, other = (cloudformation(each, parameters) for each in value["Fn::If"][1:])
        if isinstance(one, str) and "Ref" in value["Fn::If"][1]:
            return one if other == "<AWS::NoValue>" else f"{one} or {other}"
    if "Fn::Sub" in value:
        return re.sub(r"\$\{([\w.:]+)\}", lambda found: name(found[1]), value["Fn::Sub"])
    return {key: cloudformation(each, parameters) for key, each in value.items()}
