"""The ledger in a DynamoDB table, for Lambdas and anything else that has no disk of its own."""

from margins.ledger.dynamodb.ledger import DynamoLedger
from margins.ledger.dynamodb.outbox import DynamoOutbox
from margins.ledger.dynamodb.rows import TABLE

__all__ = ["TABLE", "DynamoLedger", "DynamoOutbox"]
