"""The commands, each with the module and the name of its function, in the order of the help."""

COMMANDS = {
    "auth": "auth.auth",
    "models": "models.models",
    "push": "transfers.push",
    "pull": "transfers.pull",
    "verify": "transfers.verify",
    "versions": "versions.versions",
    "alias": "aliases.alias",
    "predict": "predict.predict",
    "jobs": "jobs.jobs",
    "grants": "grants.grants",
    "keys": "keys.keys",
    "users": "users.users",
    "service-accounts": "accounts.service_accounts",
    "issuers": "issuers.issuers",
    "webhooks": "webhooks.webhooks",
    "audit": "audit.audit",
    "usage": "usage.usage",
    "config": "config.config",
    "completion": "completion.completion",
    "help": "help.help_about",
}
