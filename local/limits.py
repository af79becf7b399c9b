"""Limits of the local stack that differ from the template's defaults."""

from collections.abc import Mapping

# Values of template parameters. All callers of a laptop share one network, and tests make hundreds of users there.
# `--parameter` sets another value, such as for a server that others reach.
LIMITS: Mapping[str, str] = {"SignInFailuresPerNetwork": "10000", "RegistrationsPerNetwork": "10000"}
