# One function: its role with its own statements, and what all functions have in common.

variable "name" { type = string }
variable "handler" { type = string }
variable "description" { type = string }
variable "timeout" { type = number }
variable "memory" { type = number }
variable "package" { type = string }
variable "log_group" {
  type = object({ name = string, arn = string })
}
variable "environment" { type = map(string) }
variable "statements" { type = any }
variable "subnets" {
  type    = list(string)
  default = []
}
variable "security_groups" {
  type    = list(string)
  default = []
}

# What every function may: write its log and its traces, and be in its subnets where it has some.
locals {
  of_every_function = [
    {
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${var.log_group.arn}:*"
    },
    {
      Effect   = "Allow"
      Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      Resource = "*" # X-Ray knows no resources
    },
  ]
  in_subnets = [
    {
      Effect = "Allow"
      Action = [
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
      ]
      Resource = "*" # Lambda wants them before there is an interface to name
    },
  ]
}

resource "aws_iam_role" "this" {
  name = var.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "lambda.amazonaws.com" }
        Action    = "sts:AssumeRole"
      },
    ]
  })
}

resource "aws_iam_role_policy" "this" {
  name = var.name
  role = aws_iam_role.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      var.statements,
      local.of_every_function,
      [for each in local.in_subnets : each if length(var.subnets) > 0],
    )
  })
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_272:who deploys builds the package from the sources and would sign it as well
  function_name    = var.name
  handler          = var.handler
  description      = var.description
  timeout          = var.timeout
  memory_size      = var.memory
  filename         = var.package
  source_code_hash = try(filebase64sha256(var.package), null)
  role             = aws_iam_role.this.arn
  runtime          = "python3.13"
  architectures    = ["arm64"]
  environment {
    variables = var.environment
  }
  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
    log_group             = var.log_group.name
  }
  tracing_config {
    mode = "Active"
  }
  dynamic "vpc_config" {
    for_each = length(var.subnets) == 0 ? [] : [true]
    content {
      subnet_ids         = var.subnets
      security_group_ids = var.security_groups
    }
  }
  depends_on = [aws_iam_role_policy.this]
}

output "arn" { value = aws_lambda_function.this.arn }
output "name" { value = aws_lambda_function.this.function_name }
