# The ledger, the registry of senders, and the key that signs tokens.

resource "aws_dynamodb_table" "ledger" {
  name         = "margins-${var.stage}-ledger"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  range_key    = "sk"
  point_in_time_recovery {
    enabled = true
  }
  ttl {
    attribute_name = "expires"
    enabled        = true
  }
  dynamic "attribute" {
    for_each = {
      pk = "S", sk = "S", queue = "S", due = "S", kept = "S", digest = "S", changed_at = "N"
    }
    content {
      name = attribute.key
      type = attribute.value
    }
  }
  global_secondary_index {
    name            = "due"
    hash_key        = "queue"
    range_key       = "due"
    projection_type = "KEYS_ONLY"
  }
  global_secondary_index {
    name            = "ended"
    hash_key        = "kept"
    range_key       = "changed_at"
    projection_type = "KEYS_ONLY"
  }
  global_secondary_index {
    name            = "digest"
    hash_key        = "digest"
    projection_type = "KEYS_ONLY"
  }
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_dynamodb_table" "senders" {
  name         = "margins-${var.stage}-senders"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "address"
  point_in_time_recovery {
    enabled = true
  }
  attribute {
    name = "address"
    type = "S"
  }
  lifecycle {
    prevent_destroy = true
  }
}

locals {
  signing_key     = var.signing_key_arn == "" ? aws_kms_key.signing.key_id : var.signing_key_arn
  signing_key_arn = var.signing_key_arn == "" ? aws_kms_key.signing.arn : var.signing_key_arn
}

resource "aws_kms_key" "signing" {
  description              = "Signs the tokens with which notes are posted; never leaves KMS."
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "RSA_2048"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "GovernedByIam"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*" # in a key's policy this is the key itself
      },
    ]
  })
  lifecycle {
    prevent_destroy = true
  }
}
