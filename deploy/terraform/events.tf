# What wakes the functions, and where they write their logs.

resource "aws_lambda_event_source_mapping" "mail" {
  event_source_arn        = aws_sqs_queue.mail.arn
  function_name           = module.parser.name
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]
  scaling_config {
    maximum_concurrency = var.parser_concurrency
  }
}

resource "aws_cloudwatch_event_rule" "tick" {
  name                = "margins-${var.stage}-tick"
  description         = "Delivers and answers what waits in the ledger."
  schedule_expression = "rate(1 minute)"
}

resource "aws_cloudwatch_event_target" "tick" {
  rule = aws_cloudwatch_event_rule.tick.name
  arn  = module.parser.arn
}

resource "aws_lambda_permission" "tick" {
  action        = "lambda:InvokeFunction"
  function_name = module.parser.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.tick.arn
}

resource "aws_cloudwatch_event_rule" "hour" {
  name                = "margins-${var.stage}-hour"
  description         = "Keeps order."
  schedule_expression = "rate(1 hour)"
}

resource "aws_cloudwatch_event_target" "hour" {
  rule = aws_cloudwatch_event_rule.hour.name
  arn  = module.upkeep.arn
}

resource "aws_lambda_permission" "hour" {
  action        = "lambda:InvokeFunction"
  function_name = module.upkeep.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.hour.arn
}

resource "aws_lambda_function_url" "api" {
  count              = var.notes_api ? 1 : 0
  function_name      = module.api[0].name
  authorization_type = "NONE" # the API itself believes signed tokens only
}

# AWS wants a second permission, lambda:InvokeFunction for calls through the URL only, for which
# older providers have no words; the output `api_permission` is the command that adds it.
resource "aws_lambda_permission" "api" {
  count                  = var.notes_api ? 1 : 0
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = module.api[0].name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_cloudwatch_log_group" "gate" {
  name              = "/margins/${var.stage}/gate"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_log_group" "parser" {
  name              = "/margins/${var.stage}/parser"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_log_group" "upkeep" {
  name              = "/margins/${var.stage}/upkeep"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_log_group" "api" {
  count             = var.notes_api ? 1 : 0
  name              = "/margins/${var.stage}/api"
  retention_in_days = var.log_retention_days
}
