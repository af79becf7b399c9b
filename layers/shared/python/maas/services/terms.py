"""What questions ask of a version: values in the form that its model takes, and the outputs that are wanted."""

from collections.abc import Callable, Sequence

from maas.domain.catalog.version_settings import FEATURE_NAMES
from maas.domain.catalog.versions import Artifact, Version
from maas.domain.errors import InvalidInput, MaasError
from maas.domain.inference.given_tensors import bound
from maas.domain.inference.outputs import Form, Wanted, chosen
from maas.domain.inference.tensors import Feed, bind
from maas.platform.timings import current
from maas.services.published import published_artifact
from maas.services.questions import Question, TensorQuestion

Terms = tuple[Feed, Sequence[Wanted]]


def taken(version: Version, live: Version | None, read: Callable[[Version], Terms]) -> Terms:
    """What a question asks of the version that answers it. `live` is set if that is a rollout's candidate.

    Raises InvalidInput. That counts against a candidate whose live version takes the same: its callers change nothing.
    """
    try:
        return read(version)
    except InvalidInput:
        if live and (call := current()):
            call.breaks_callers = _takes(read, live)
        raise


def _takes(read: Callable[[Version], Terms], version: Version) -> bool:
    try:
        read(version)
    except MaasError:
        return False
    return True


def terms_of(question: Question, form: Form, version: Version) -> Terms:
    """All outputs have the same form. Raises InvalidInput, WrongState (not published), NotServed."""
    artifact = published_artifact(version)
    feed = feed_of(version, artifact, question)
    return feed, [Wanted(tensor, form) for tensor in chosen(artifact.signature, question.outputs)]


def terms_of_tensors(question: TensorQuestion, version: Version) -> Terms:
    """Each output has the form of the question. Raises the errors of `terms_of`."""
    signature, forms = published_artifact(version).signature, question.outputs
    feed, tensors = bound(signature, question.inputs), chosen(signature, None if forms is None else [*forms])
    return feed, [Wanted(tensor, (forms or {}).get(tensor.name, question.form)) for tensor in tensors]


def feed_of(version: Version, artifact: Artifact, question: Question) -> Feed:
    """The values of a question, checked against the version's signature. Raises InvalidInput."""
    return bind(
        artifact.signature,
        question.features,
        question.inputs,
        instances=question.instances,
        records=question.records,
        split=question.split,
        feature_names=version.metadata.get(FEATURE_NAMES),
    )
