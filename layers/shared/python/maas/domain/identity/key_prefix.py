"""The beginning of an API key's text. The authorizer loads nothing else about keys until somebody shows one."""

PREFIX = "maas_"
