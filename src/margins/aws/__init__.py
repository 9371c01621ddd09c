"""The pipeline as AWS Lambda functions: SES asks the gate, S3 keeps the mail, SQS wakes the parser.

Events of AWS are read tolerantly: what is missing or new is left out, never an error.
"""
