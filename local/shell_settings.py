"""Settings that the shell's environment gives to the local stack. What the stack can't use, it refuses."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.errors import StackError
from local.servers.ports import free_port

METRICS_LISTEN = "MAAS_REGISTRY_METRICS_LISTEN"
# The parameter of the template that has the effect of each variable.
_PARAMETERS = {
    "LOG_LEVEL": "LogLevel",
    "MAAS_MAX_UPLOAD_BYTES": "MaxUploadBytes",
    "MAAS_PINNED_MODEL": "PinnedModel",
    "MAAS_REGISTRY_AUTH": "RegistryAuth",
    "MAAS_TRACE_ENDPOINT": "TraceEndpoint",
}
_REGISTRY = (METRICS_LISTEN, "MAAS_REGISTRY_CALLS_MAX")
_OF_THE_TESTS = ("MAAS_URL",)
# They mean other programs in the same shell: the command `maas` and the Python client.
OF_THE_CLIENT = (
    "MAAS_API_URL",
    "MAAS_API_KEY",
    "MAAS_ORGANIZATION",
    "MAAS_ID_TOKEN_SOURCE",
    "MAAS_PROFILE",
    "MAAS_CONFIG_DIR",
    "MAAS_CACHE_DIR",
)


@dataclass(frozen=True, slots=True)
class ShellSettings:
    """`parameters` are values of template parameters; `registry` is further environment of the registry."""

    parameters: Mapping[str, str]
    registry: Mapping[str, str]


def read(environment: Mapping[str, str]) -> ShellSettings:
    """Returns the settings in the environment of the shell; empty values count as not set.

    Raises:
        StackError: a variable is set that would have no effect, or its value can't be used.
    """
    given = {name: value for name, value in environment.items() if value}
    for name in sorted(given):
        if name.startswith("MAAS_") and name not in (*_PARAMETERS, *_REGISTRY, *_OF_THE_TESTS, *OF_THE_CLIENT):
            raise StackError(f"{name} is set in this shell and would have no effect on the local stack: unset it")
    parameters = {parameter: given[name] for name, parameter in _PARAMETERS.items() if name in given}
    if "LogLevel" in parameters:
        parameters["LogLevel"] = parameters["LogLevel"].upper()
    registry = {name: given[name] for name in _REGISTRY if name in given}
    if METRICS_LISTEN in registry:
        registry[METRICS_LISTEN] = _address(registry[METRICS_LISTEN])
    return ShellSettings(parameters, registry)


def _address(listen: str) -> str:
    """Returns host:port with a port that is free; for port 0, any."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) >= 2**16:
        raise StackError(f"{METRICS_LISTEN} must be host:port, and not {listen!r}")
    try:
        return f"{host}:{free_port(int(port))}"
    except StackError as error:
        raise StackError(f"{METRICS_LISTEN}: {error}") from error
