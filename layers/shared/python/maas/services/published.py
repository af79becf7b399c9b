"""The file that predictions of a version run."""

from maas.domain.catalog.formats import FORMATS, Kind, is_served, named
from maas.domain.catalog.versions import SERVED, Artifact, Version
from maas.domain.errors import NotServed, WrongState


def published_artifact(version: Version) -> Artifact:
    """The file that predictions run. Raises WrongState (the version is not published), NotServed."""
    if version.state not in SERVED or version.artifact is None:
        message = f"version {version.version} is {version.state}; only published versions answer"
        raise WrongState.of("version", message)
    if not is_served(version.artifact.format):
        raise NotServed.because(_not_served(version.version, version.artifact.format))
    return version.artifact


def _not_served(number: str, name: str) -> str:
    kept = FORMATS[name]
    return (
        f"version {number} is {kept.title}, which is kept and not served; predictions need one of: "
        f"{named(Kind.SERVED)}; {kept.to_onnx}"
    )
