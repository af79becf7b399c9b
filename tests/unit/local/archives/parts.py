"""The contents of the tests' archive."""

FILE = {"key": "models/acme/1", "version": "v", "headers": {"ContentType": "application/json"}}
PARTS = {
    "objects/000000": bytes(range(256)) * 100,
    "tables/RegistryTable.jsonl": b'{"pk":{"S":"a"}}\n{"pk":{"S":"b"}}\n',
    "tables/IdentityTable.jsonl": b"",
    "secrets.json": b'{"TokenSecret": {"AWSCURRENT": "x"}}',
}
