"""The log of observations, made from settings, for every process that answers callers."""

from maas.adapters.aws.identity.observation_log import DynamoObservations
from maas.platform.environment import IdentitySettings, read


def observation_log() -> DynamoObservations:
    """The observations in the table of identities."""
    identity = read(IdentitySettings)
    return DynamoObservations(identity.table, identity.endpoint)
