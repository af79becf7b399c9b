"""`python -m maas_client.cli` is the command `maas`."""

from maas_client.cli import main

main()
