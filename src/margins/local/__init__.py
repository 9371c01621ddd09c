"""The SAM template of `deploy/aws`, run on this machine: no containers, no account, no network.

Amazon SES is played by an SMTP port, S3, SQS, DynamoDB and KMS by moto, Lambda by our own Runtime
API under AWS's own runtime client, the event source mapping by a poller.
"""
