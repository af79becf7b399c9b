"""The command `maas`."""

from maas_client.cli.app import main

__all__ = ["main"]
