# SES takes mail, asks the gate and keeps it; readers may register themselves.

locals {
  receiving = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-east-2",
    "us-west-2",
  ]
}

resource "aws_lambda_permission" "gate" {
  action         = "lambda:InvokeFunction"
  function_name  = module.gate.name
  principal      = "ses.amazonaws.com"
  source_account = local.account
  source_arn     = local.rule_arn
}

resource "aws_ses_receipt_rule_set" "this" {
  rule_set_name = "margins-${var.stage}"
  lifecycle {
    precondition {
      condition     = var.notes_api || var.api_url != ""
      error_message = "Say where notes go with api_url, or have a notes API with notes_api."
    }
    precondition {
      condition     = !var.notes_api || var.notes_database_secret != ""
      error_message = "The notes API needs notes_database_secret."
    }
    precondition {
      condition     = var.hosted_zone_id == "" || var.mail_domain != ""
      error_message = "An MX record (hosted_zone_id) is for a domain; say which with mail_domain."
    }
    precondition {
      condition     = contains(local.receiving, local.region)
      error_message = "Amazon SES receives no mail in this region."
    }
  }
}

resource "aws_ses_receipt_rule" "keep" {
  name          = local.rule
  rule_set_name = aws_ses_receipt_rule_set.this.id # the name, and made anew with the set
  enabled       = true
  scan_enabled  = true
  tls_policy    = "Optional"
  recipients    = [var.recipient]
  depends_on    = [aws_s3_bucket_policy.mail, aws_lambda_permission.gate] # SES tries both first

  lambda_action {
    position        = 1
    function_arn    = module.gate.arn
    invocation_type = "RequestResponse"
  }
  s3_action {
    position          = 2
    bucket_name       = aws_s3_bucket.mail.bucket
    object_key_prefix = "incoming/"
  }
}

# Who made the rule set the active one gives back the one before, which the provider's own resource
# does not. On destruction the function is told the input again and nothing it once answered; so it is
# first asked which is active, and the state keeps that.
resource "aws_lambda_invocation" "before" {
  count         = var.activate_rule_set ? 1 : 0
  function_name = module.activation[0].name
  input         = jsonencode({ Action = "DescribeActiveReceiptRuleSet" })
  depends_on    = [aws_ses_receipt_rule.keep]
}

resource "aws_lambda_invocation" "activation" {
  count           = var.activate_rule_set ? 1 : 0
  function_name   = module.activation[0].name
  lifecycle_scope = "CRUD"
  input = jsonencode({
    RuleSetName = aws_ses_receipt_rule_set.this.rule_set_name
    Before      = jsondecode(aws_lambda_invocation.before[0].result).RuleSetName
  })
  lifecycle {
    # Given back before either is made anew: SES deletes no active rule set, and asked while ours is
    # active the function would take it for the one before.
    replace_triggered_by = [aws_lambda_invocation.before, aws_ses_receipt_rule_set.this]
  }
}

resource "aws_route53_record" "mx" {
  count   = var.hosted_zone_id == "" ? 0 : 1
  zone_id = var.hosted_zone_id
  name    = var.mail_domain
  type    = "MX"
  ttl     = 3600
  records = ["10 inbound-smtp.${local.region}.amazonaws.com"]
}

resource "aws_cognito_user_pool" "readers" {
  count                    = var.user_pool ? 1 : 0
  name                     = "margins-${var.stage}"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  user_pool_add_ons {
    advanced_security_mode = "OFF"
  }
  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }
  lambda_config {
    post_confirmation = module.registration[0].arn
  }
  lifecycle {
    prevent_destroy = true
  }
}

# A page or an app signs up and in with it, by SRP (AWS's libraries do): it is public, and has no
# secret. The notes API believes the ID tokens.
resource "aws_cognito_user_pool_client" "readers" {
  count                         = var.user_pool ? 1 : 0
  name                          = "margins-${var.stage}"
  user_pool_id                  = aws_cognito_user_pool.readers[0].id
  generate_secret               = false
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  supported_identity_providers  = ["COGNITO"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true
  access_token_validity         = 1
  id_token_validity             = 1
  refresh_token_validity        = 30
  token_validity_units {
    access_token  = "hours"
    id_token      = "hours"
    refresh_token = "days"
  }
}

resource "aws_lambda_permission" "registration" {
  count          = var.user_pool ? 1 : 0
  action         = "lambda:InvokeFunction"
  function_name  = module.registration[0].name
  principal      = "cognito-idp.amazonaws.com"
  source_account = local.account
  source_arn     = aws_cognito_user_pool.readers[0].arn
}
