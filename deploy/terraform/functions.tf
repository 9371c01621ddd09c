# The functions, as in ../aws/template.yaml; tests/aws/test_terraform.py compares them.

locals {
  api_url       = var.notes_api ? "${aws_lambda_function_url.api[0].function_url}graphql" : var.api_url
  notes_issuers = var.user_pool ? "https://cognito-idp.${local.region}.amazonaws.com/${aws_cognito_user_pool.readers[0].id}#${aws_cognito_user_pool_client.readers[0].id},${var.notes_issuers}" : var.notes_issuers
  shared = {
    MARGINS_STAGE         = var.stage
    MARGINS_LEDGER_TABLE  = aws_dynamodb_table.ledger.name
    MARGINS_SENDERS_TABLE = aws_dynamodb_table.senders.name
  }
}

module "gate" {
  source      = "./function"
  name        = "margins-${var.stage}-gate"
  handler     = "margins.aws.gate.handler"
  description = "Tells SES whether to keep a mail."
  timeout     = 10 # SES waits 30 seconds
  memory      = 256
  package     = "${var.packages}/gate.zip"
  log_group   = aws_cloudwatch_log_group.gate
  environment = merge(local.shared, {
    MARGINS_UNKNOWN = var.unknown
  })
  statements = [
    {
      Effect   = "Allow"
      Action   = "dynamodb:GetItem"
      Resource = aws_dynamodb_table.senders.arn
    },
    {
      Effect    = "Allow"
      Action    = "dynamodb:PutItem"
      Resource  = aws_dynamodb_table.ledger.arn
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["receipt#*"] } }
    },
  ]
}

module "parser" {
  source      = "./function"
  name        = "margins-${var.stage}-parser"
  handler     = "margins.aws.parser.handler"
  description = "Takes mails out of S3, posts their notes and answers them."
  timeout     = 90
  memory      = 1024
  package     = "${var.packages}/parser.zip"
  log_group   = aws_cloudwatch_log_group.parser
  environment = merge(local.shared, {
    MARGINS_BUCKET            = local.bucket
    MARGINS_SIGNING_KEY       = local.signing_key
    MARGINS_API_URL           = local.api_url
    MARGINS_ISSUER            = var.issuer
    MARGINS_AUDIENCE          = var.audience
    MARGINS_UNKNOWN           = var.unknown
    MARGINS_RECIPIENT         = var.recipient
    MARGINS_RECEIPTS_IDENTITY = var.receipts_identity
  })
  statements = [
    {
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:DeleteObject"]
      Resource = "${local.bucket_arn}/incoming/*"
    },
    {
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${local.bucket_arn}/mail/*"
    },
    {
      Effect   = "Allow" # without it S3 answers 403 where it means 404
      Action   = "s3:ListBucket"
      Resource = local.bucket_arn
    },
    {
      Effect   = "Allow" # its writes: an address is confirmed by its code
      Action   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      Resource = aws_dynamodb_table.senders.arn
    },
    {
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      Resource = aws_dynamodb_table.ledger.arn
    },
    {
      Effect   = "Allow"
      Action   = "dynamodb:Query"
      Resource = "${aws_dynamodb_table.ledger.arn}/index/due"
    },
    {
      Effect   = "Allow"
      Action   = ["kms:Sign", "kms:GetPublicKey"]
      Resource = local.signing_key_arn
    },
    {
      Effect   = "Allow"
      Action   = ["ses:SendEmail", "ses:SendRawEmail"]
      Resource = "arn:${local.partition}:ses:${local.region}:${local.account}:identity/${var.receipts_identity}"
    },
    {
      Effect   = "Allow" # the event source mapping does
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      Resource = aws_sqs_queue.mail.arn
    },
  ]
}

module "upkeep" {
  source      = "./function"
  name        = "margins-${var.stage}-upkeep"
  handler     = "margins.aws.upkeep.handler"
  description = "Takes mails that were left behind, and removes raw mail past its time."
  timeout     = 900
  memory      = 512
  package     = "${var.packages}/parser.zip"
  log_group   = aws_cloudwatch_log_group.upkeep
  environment = merge(local.shared, {
    MARGINS_BUCKET         = local.bucket
    MARGINS_SIGNING_KEY    = local.signing_key
    MARGINS_API_URL        = local.api_url
    MARGINS_ISSUER         = var.issuer
    MARGINS_AUDIENCE       = var.audience
    MARGINS_UNKNOWN        = var.unknown
    MARGINS_RECIPIENT      = var.recipient
    MARGINS_RETENTION_DAYS = var.retention_days
  })
  statements = [
    {
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:DeleteObject"]
      Resource = "${local.bucket_arn}/incoming/*"
    },
    {
      Effect   = "Allow" # a removed mail is removed in every version
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]
      Resource = "${local.bucket_arn}/mail/*"
    },
    {
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = local.bucket_arn
    },
    {
      Effect   = "Allow" # its writes: an address is confirmed by its code
      Action   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      Resource = aws_dynamodb_table.senders.arn
    },
    {
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      Resource = aws_dynamodb_table.ledger.arn
    },
    {
      Effect   = "Allow"
      Action   = "dynamodb:Query"
      Resource = ["${aws_dynamodb_table.ledger.arn}/index/ended", "${aws_dynamodb_table.ledger.arn}/index/digest"]
    },
  ]
}

module "api" {
  source      = "./function"
  count       = var.notes_api ? 1 : 0
  name        = "margins-${var.stage}-api"
  handler     = "margins.aws.api.handler"
  description = "The notes API."
  timeout     = 30 # the parser waits as long
  memory      = 1024
  package     = "${var.packages}/api.zip"
  log_group   = aws_cloudwatch_log_group.api[0]
  environment = merge(local.shared, {
    MARGINS_DATABASE_SECRET = var.notes_database_secret
    MARGINS_SIGNING_KEY     = local.signing_key
    MARGINS_ISSUER          = var.issuer
    MARGINS_AUDIENCE        = var.audience
    MARGINS_FURTHER_KEY     = var.further_key_arn
    MARGINS_NOTES_ISSUERS   = local.notes_issuers
    MARGINS_NOTES_ORIGINS   = var.notes_origins
  })
  subnets         = var.notes_subnets
  security_groups = var.notes_security_groups
  statements = [
    {
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.notes_database_secret
    },
    {
      Effect   = "Allow"
      Action   = "kms:GetPublicKey"
      Resource = compact([local.signing_key_arn, var.further_key_arn])
    },
  ]
}

module "activation" {
  source      = "./function"
  count       = var.activate_rule_set ? 1 : 0
  name        = "margins-${var.stage}-activation"
  handler     = "margins.aws.activation.handler"
  description = "Makes the rule set the active one, and gives back the one before on deletion."
  timeout     = 60
  memory      = 128
  package     = "${var.packages}/gate.zip"
  log_group   = aws_cloudwatch_log_group.gate
  environment = local.shared
  statements = [
    {
      Effect   = "Allow"
      Action   = ["ses:DescribeActiveReceiptRuleSet", "ses:SetActiveReceiptRuleSet"]
      Resource = "*" # these two know no resources
    },
  ]
}

module "registration" {
  source      = "./function"
  count       = var.user_pool ? 1 : 0
  name        = "margins-${var.stage}-registration"
  handler     = "margins.aws.registration.handler"
  description = "Lets a confirmed user send from the verified address, and makes the account."
  timeout     = 5 # Cognito waits no longer
  memory      = 256
  package     = "${var.packages}/gate.zip"
  log_group   = aws_cloudwatch_log_group.gate
  environment = merge(local.shared, {
    MARGINS_API_FUNCTION = var.notes_api ? "margins-${var.stage}-api" : "" # which believes the pool: no reference
  })
  statements = [
    {
      Effect   = "Allow"
      Action   = ["dynamodb:UpdateItem", "dynamodb:GetItem"]
      Resource = aws_dynamodb_table.senders.arn
    },
    {
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:margins-${var.stage}-api"
    },
  ]
}
