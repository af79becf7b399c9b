"""Limits of the local stack that differ from the template's defaults, and who may register."""

from collections.abc import Mapping

# Values of template parameters. All callers of a laptop share one network, and tests make hundreds of users there. One
# user makes up to 800 predictions a second in the benchmarks, which is 48,000 a minute.
# `--parameter` sets another value, such as for a server that others reach.
LIMITS: Mapping[str, str] = {
    "RequestsPerOrganization": "1000000",
    "RequestsPerUser": "1000000",
    "RequestsPerApiKey": "1000000",
    "SignInFailuresPerNetwork": "10000",
    "RegistrationsPerNetwork": "10000",
    # Who has just started a stack on a laptop wants to log in at once.
    "Registration": "open",
}
