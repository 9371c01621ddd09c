"""The registry in a DynamoDB table, for Lambdas and anything else that has no disk of its own."""

from margins.senders.dynamodb.access import DynamoAccess
from margins.senders.dynamodb.registry import DynamoSenders
from margins.senders.dynamodb.rows import TABLE

__all__ = ["TABLE", "DynamoAccess", "DynamoSenders"]
