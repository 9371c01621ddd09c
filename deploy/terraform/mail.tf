# Raw mail: the bucket SES writes to, and the queue it tells.

locals {
  bucket     = "margins-${var.stage}-mail-${local.account}-${local.region}"
  bucket_arn = "arn:${local.partition}:s3:::${local.bucket}"
  rule       = "margins-${var.stage}-keep" # metrics of SES know a rule by its name alone
  rule_arn   = "arn:${local.partition}:ses:${local.region}:${local.account}:receipt-rule-set/margins-${var.stage}:receipt-rule/${local.rule}"
}

resource "aws_s3_bucket" "mail" {
  #checkov:skip=CKV_AWS_144:raw mail is removed after its time; a copy in another region would stay
  #checkov:skip=CKV_AWS_145:S3 encrypts with its own key; a customer key costs a request per request
  bucket = local.bucket
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "mail" {
  bucket = aws_s3_bucket.mail.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "mail" {
  bucket                  = aws_s3_bucket.mail.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "mail" {
  bucket = aws_s3_bucket.mail.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "mail" {
  bucket = aws_s3_bucket.mail.id
  versioning_configuration {
    status = "Enabled"
  }
}

# What is in mail/ the function for upkeep removes, which knows what has ended.
resource "aws_s3_bucket_lifecycle_configuration" "mail" {
  bucket     = aws_s3_bucket.mail.id
  depends_on = [aws_s3_bucket_versioning.mail]
  rule {
    id     = "versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
    expiration {
      expired_object_delete_marker = true # each mail that was taken leaves one in incoming/
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_notification" "mail" {
  bucket     = aws_s3_bucket.mail.id
  depends_on = [aws_sqs_queue_policy.mail]
  queue {
    queue_arn     = aws_sqs_queue.mail.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "incoming/"
  }
}

resource "aws_s3_bucket_policy" "mail" {
  bucket = aws_s3_bucket.mail.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyOurRuleWrites"
        Effect    = "Allow"
        Principal = { Service = "ses.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${local.bucket_arn}/incoming/*"
        Condition = {
          StringEquals = {
            "AWS:SourceAccount" = local.account
            "AWS:SourceArn"     = local.rule_arn
          }
        }
      },
      {
        Sid       = "OnlyOverTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = false } }
      },
    ]
  })
}

resource "aws_sqs_queue" "mail" {
  name                       = "margins-${var.stage}-mail"
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = 540 # six times the parser's time-out
  message_retention_seconds  = 1209600
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "margins-${var.stage}-dead-letters"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_policy" "mail" {
  queue_url = aws_sqs_queue.mail.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OnlyOurBucketTells"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.mail.arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          ArnEquals    = { "aws:SourceArn" = local.bucket_arn }
        }
      },
    ]
  })
}
