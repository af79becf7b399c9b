"""The version of this distribution."""

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("maas-client")
    except PackageNotFoundError:  # run from its sources
        return "0"


VERSION = _version()
