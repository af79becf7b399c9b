"""The audit log in S3 and DynamoDB."""
