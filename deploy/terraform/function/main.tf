# One function: its role with its own statements, and what all functions have in common.

variable "name" { type = string }
variable "handler" { type = string }
variable "description" { type = string }
variable "timeout" { type = number }
variable "memory" { type = number }
variable "package" { type = string }
variable "log_group" { type = string }
variable "environment" { type = map(string) }
variable "statements" { type = any }
variable "managed_policies" {
  type    = list(string)
  default = []
}
variable "subnets" {
  type    = list(string)
  default = []
}
variable "security_groups" {
  type    = list(string)
  default = []
}

data "aws_partition" "this" {}

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
  name   = var.name
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = var.statements })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = toset(concat(
    ["service-role/AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"],
    var.managed_policies,
  ))
  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/${each.value}"
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
    log_group             = var.log_group
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
  depends_on = [aws_iam_role_policy.this, aws_iam_role_policy_attachment.this]
}

output "arn" { value = aws_lambda_function.this.arn }
output "name" { value = aws_lambda_function.this.function_name }
