# `terraform output -json > outputs.json`, and `margins doctor --outputs outputs.json` reads them.

output "Recipient" { value = var.recipient }
output "ApiUrl" { value = local.api_url }
output "Queue" { value = aws_sqs_queue.mail.url }
output "Parser" { value = module.parser.name }
output "Bucket" { value = aws_s3_bucket.mail.bucket }
output "Senders" { value = aws_dynamodb_table.senders.name }
output "Ledger" { value = aws_dynamodb_table.ledger.name }
output "SigningKey" { value = local.signing_key }
output "DeadLetters" { value = aws_sqs_queue.dead_letters.url }
output "RuleSet" { value = aws_ses_receipt_rule_set.this.rule_set_name }
output "UserPool" { value = one(aws_cognito_user_pool.readers[*].id) }
output "UserPoolClient" { value = one(aws_cognito_user_pool_client.readers[*].id) }

output "api_permission" {
  description = "What remains to be run once when there is a notes API."
  value = var.notes_api ? join(" ", [
    "aws lambda add-permission --function-name margins-${var.stage}-api --statement-id url",
    "--action lambda:InvokeFunction --principal '*' --invoked-via-function-url",
  ]) : ""
}
