"""The stand-in AWS account that everything on this machine uses."""

ACCOUNT = "123456789012"
REGION = "us-east-1"
# moto accepts any key pair; MinIO requires at least 8 characters.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "maaslocal",
    "AWS_SECRET_ACCESS_KEY": "maaslocal",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
