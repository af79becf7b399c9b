"""The commands by their groups."""

import click

from maas_client.cli.commands.accounts import service_accounts
from maas_client.cli.commands.aliases import alias
from maas_client.cli.commands.audit import audit
from maas_client.cli.commands.auth import auth
from maas_client.cli.commands.completion import completion
from maas_client.cli.commands.config import config
from maas_client.cli.commands.grants import grants
from maas_client.cli.commands.help import help_about
from maas_client.cli.commands.issuers import issuers
from maas_client.cli.commands.keys import keys
from maas_client.cli.commands.models import models
from maas_client.cli.commands.predict import predict
from maas_client.cli.commands.transfers import pull, push, verify
from maas_client.cli.commands.usage import usage
from maas_client.cli.commands.users import users
from maas_client.cli.commands.versions import versions
from maas_client.cli.commands.webhooks import webhooks

GROUPS: tuple[click.Command, ...] = (
    auth,
    models,
    push,
    pull,
    verify,
    versions,
    alias,
    predict,
    grants,
    keys,
    users,
    service_accounts,
    issuers,
    webhooks,
    audit,
    usage,
    config,
    completion,
    help_about,
)
