"""What is sent or committed is worked on, or kept where somebody looks."""

from collections.abc import Iterator
from typing import Any

from local.template.document import BUCKET, QUEUE, TABLE
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Resource, Sources

_DAY = 24 * 3600
_TWO_WEEKS = 14 * _DAY


def _mappings(deployment: Deployment, kind: str) -> Iterator[tuple[Resource, Resource]]:
    """Each source of this type, with what maps it to a function."""
    for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        source = deployment.referred(mapping.properties["EventSourceArn"], mapping)
        assert source is not None
        if source.type == kind:
            yield source, mapping


def _consumed(deployment: Deployment) -> Iterator[tuple[Resource, Resource]]:
    """Each queue that a function reads, with the function."""
    return ((queue, deployment.function_of(mapping)) for queue, mapping in _mappings(deployment, QUEUE))


@rule
def consumed_queues_hand_what_fails_to_dead_letters(deployment: Deployment) -> Iterator[str]:
    for queue, function in _consumed(deployment):
        redrive = queue.properties.get("RedrivePolicy", {})
        dead_letters = deployment.referred(redrive.get("deadLetterTargetArn", {}), queue)
        if dead_letters is None or dead_letters.type != QUEUE or dead_letters == queue:
            yield f"{queue.name}: {function.name} reads it, and it has no queue of dead letters"
        elif not 2 <= int(redrive.get("maxReceiveCount", 0)) <= 10:
            yield f"{queue.name}: gives a message {redrive.get('maxReceiveCount')} tries"
        elif dead_letters.properties.get("MessageRetentionPeriod") != _TWO_WEEKS:
            yield f"{dead_letters.name}: dead letters must be kept as long as SQS can"


@rule
def messages_stay_hidden_for_six_timeouts(deployment: Deployment) -> Iterator[str]:
    for queue, function in _consumed(deployment):
        visibility, timeout = queue.properties.get("VisibilityTimeout", 30), function.properties["Timeout"]
        if visibility < 6 * timeout:
            yield f"{queue.name}: visibility {visibility} s is under 6 x {timeout} s of {function.name}"


@rule
def one_bad_message_fails_alone(deployment: Deployment) -> Iterator[str]:
    for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        if mapping.properties.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{mapping.name}: a message that fails takes its whole batch with it"


@rule
def streams_are_read_in_order_from_the_first_record_on(deployment: Deployment) -> Iterator[str]:
    for table, mapping in _mappings(deployment, TABLE):
        if mapping.properties.get("ParallelizationFactor", 1) != 1:
            yield f"{table.name}: {mapping.name} reads a shard by several executions"
        if mapping.properties["StartingPosition"] != "TRIM_HORIZON":
            yield f"{table.name}: what is committed while {mapping.name} is made would be left out"


@rule
def records_that_are_given_up_are_kept_whole(deployment: Deployment) -> Iterator[str]:
    """A queue would get their positions only, in a stream that forgets after a day."""
    for table, mapping in _mappings(deployment, TABLE):
        settings = mapping.properties
        kept = deployment.referred(
            settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"), mapping
        )
        if kept is None or kept.type != BUCKET:
            yield f"{table.name}: no bucket gets what {mapping.name} gives up"
        if (
            settings.get("MaximumRetryAttempts", -1) != -1
            or not 0 < settings.get("MaximumRecordAgeInSeconds", -1) < _DAY
        ):
            yield f"{table.name}: {mapping.name} must try for as long as the stream remembers, and no longer"


@breaks(consumed_queues_hand_what_fails_to_dead_letters, "ValidationQueue")
def no_redrive(sources: Sources) -> None:
    del sources.properties("ValidationQueue")["RedrivePolicy"]


@breaks(consumed_queues_hand_what_fails_to_dead_letters, "ValidationQueue")
def one_try(sources: Sources) -> None:
    sources.properties("ValidationQueue")["RedrivePolicy"]["maxReceiveCount"] = 1


@breaks(consumed_queues_hand_what_fails_to_dead_letters, "ValidationDeadLetters")
def dead_letters_for_four_days(sources: Sources) -> None:
    del sources.properties("ValidationDeadLetters")["MessageRetentionPeriod"]


@breaks(messages_stay_hidden_for_six_timeouts, "ValidationQueue")
def shorter_visibility(sources: Sources) -> None:
    sources.properties("ValidationQueue")["VisibilityTimeout"] = 1799


@breaks(messages_stay_hidden_for_six_timeouts, "ValidationQueue")
def longer_timeout(sources: Sources) -> None:
    sources.properties("ValidatorFunction")["Timeout"] = 301


@breaks(one_bad_message_fails_alone, "ValidatorFunctionFinished")
def whole_batches(sources: Sources) -> None:
    del sources.properties("ValidatorFunction")["Events"]["Finished"]["Properties"]["FunctionResponseTypes"]


def _stream(sources: Sources) -> dict[str, Any]:
    found: dict[str, Any] = sources.properties("RelayFunction")["Events"]["Committed"]["Properties"]
    return found


@breaks(streams_are_read_in_order_from_the_first_record_on, "RegistryTable")
def two_at_a_shard(sources: Sources) -> None:
    _stream(sources)["ParallelizationFactor"] = 2


@breaks(streams_are_read_in_order_from_the_first_record_on, "RegistryTable")
def from_now_on(sources: Sources) -> None:
    _stream(sources)["StartingPosition"] = "LATEST"


@breaks(records_that_are_given_up_are_kept_whole, "RegistryTable")
def given_up_for_good(sources: Sources) -> None:
    del _stream(sources)["DestinationConfig"]


@breaks(records_that_are_given_up_are_kept_whole, "RegistryTable")
def given_up_soon(sources: Sources) -> None:
    _stream(sources)["MaximumRetryAttempts"] = 10


@breaks(records_that_are_given_up_are_kept_whole, "RegistryTable")
def forgotten_first(sources: Sources) -> None:
    del _stream(sources)["MaximumRecordAgeInSeconds"]
