"""Wiring of the auth function: accounts, tokens, public keys."""

from maas.adapters.access_tokens import SignedAccessTokens
from maas.adapters.aws.identity.accounts import DynamoIdentities
from maas.adapters.aws.identity.keys import DynamoApiKeys
from maas.adapters.aws.identity.table import IdentityTable
from maas.adapters.passwords import Argon2Passwords
from maas.entrypoints.http import create_app, lambda_handler
from maas.platform.settings import AwsSettings, IdentitySettings, TokenSettings, read
from maas.security.cursors import Cursors
from maas.security.keyring import TokenKeys
from maas.security.secret_values import SecretReader
from maas.services.accounts import AccountService
from maas.services.api_keys import ApiKeyService
from maas.web.routes.api_keys import api_keys_routes
from maas.web.routes.auth import PUBLIC, auth_routes

settings = read(IdentitySettings)
table = IdentityTable(settings.table, settings.endpoint)
token_keys = TokenKeys.of(read(TokenSettings).secret, SecretReader(read(AwsSettings).endpoint))
tokens, cursors = SignedAccessTokens(token_keys), Cursors(token_keys, rereads=True)
identities = DynamoIdentities(table)
accounts = AccountService(identities, Argon2Passwords(), tokens)
api_keys = ApiKeyService(DynamoApiKeys(table), identities, cursors)
app = create_app(
    auth_routes(accounts, tokens.public_keys),
    api_keys_routes(api_keys),
    title="MaaS auth",
    public=PUBLIC,
    current=accounts.current,
)
handler = lambda_handler(app)
