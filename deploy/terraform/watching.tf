# Alarms, who hears of them, and the dashboard.

locals {
  alarms = {
    DeadLetters = {
      description = "Mails could not be recorded. They are in the dead-letter queue; see docs/aws.md."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      statistic   = "Maximum"
      period      = 60
      evaluations = 1
      threshold   = 0
    }
    OldestMail = {
      description = "The parser does not keep up, or fails."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = aws_sqs_queue.mail.name }
      statistic   = "Maximum"
      period      = 60
      evaluations = 5
      threshold   = 900
    }
    GateErrors = {
      description = "The gate failed, which it should never do; mails go on to the parser unjudged."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = module.gate.name }
      statistic   = "Sum"
      period      = 60
      evaluations = 1
      threshold   = 0
    }
    ParserErrors = {
      description = "The parser was killed or failed as a whole; the queue brings its mails back."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = module.parser.name }
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = 0
    }
    UpkeepErrors = {
      description = "Nobody keeps order; raw mail is kept longer than it should be."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = module.upkeep.name }
      statistic   = "Sum"
      period      = 3600
      evaluations = 3
      threshold   = 0
    }
    LeftBehind = {
      description = "Mails could not be taken for more than an hour; the log of upkeep says why."
      namespace   = "Margins"
      metric      = "LeftBehind"
      dimensions  = { Function = module.upkeep.name, Stage = var.stage }
      statistic   = "Sum"
      period      = 3600
      evaluations = 1
      threshold   = 0
    }
    PublishFailure = {
      description = "SES could not carry out an action of the rule; it tries again for four hours."
      namespace   = "AWS/SES"
      metric      = "PublishFailure"
      dimensions  = { RuleName = local.rule }
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = 0
    }
    PublishExpired = {
      description = "SES has given up on an action after four hours. A mail is lost."
      namespace   = "AWS/SES"
      metric      = "PublishExpired"
      dimensions  = { RuleName = local.rule }
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = 0
    }
  }
  api_alarms = {
    ApiErrors = {
      description = "The notes API failed or does not reach its database; notes wait in the ledger."
      namespace   = "AWS/Lambda"
      metric      = "Url5xxCount"
      dimensions  = { FunctionName = one(module.api[*].name) }
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = 0
    }
  }
}

locals {
  user_pool_alarms = {
    RegistrationErrors = {
      description = "Somebody confirmed an address and may not write from it; see docs/aws.md."
      namespace   = "AWS/Lambda"
      metric      = "Errors"
      dimensions  = { FunctionName = one(module.registration[*].name) }
      statistic   = "Sum"
      period      = 300
      evaluations = 1
      threshold   = 0
    }
  }
}

resource "aws_sns_topic" "alarms" {
  name = "margins-${var.stage}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = merge(
    local.alarms,
    { for k, v in local.api_alarms : k => v if var.notes_api },
    { for k, v in local.user_pool_alarms : k => v if var.user_pool },
  )
  alarm_name          = "margins-${var.stage}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.evaluations
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "margins-${var.stage}"
  dashboard_body = templatefile("${path.module}/dashboard.json", {
    region = local.region
    stage  = var.stage
    gate   = module.gate.name
    parser = module.parser.name
  })
}
