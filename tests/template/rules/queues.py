"""Queues and streams: failed messages and records go to a dead-letter queue or a bucket."""

from collections.abc import Iterator
from typing import Any

from local.template.document import BUCKET, QUEUE, TABLE
from maas.adapters.formats.inspection_limits import Limits
from maas.services.job_runs import ATTEMPTS as JOB_ATTEMPTS
from maas.services.validation import ATTEMPTS, FETCH_SECONDS
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Resource, Sources

_DAY = 24 * 3600
_TWO_WEEKS = 14 * _DAY
# Seconds for the validator's start and its calls of the registry, with their retries.
_CALLS = 45
_TOGETHER = {"AuditQueue", "WebhookEventsQueue", "DeliveriesQueue"}


def _mappings(deployment: Deployment, kind: str) -> Iterator[tuple[Resource, Resource]]:
    """Yields each event source of this type with its mapping to a function."""
    for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        source = deployment.referenced(mapping.properties["EventSourceArn"], mapping)
        assert source is not None
        if source.type == kind:
            yield source, mapping


def _consumed(deployment: Deployment) -> Iterator[tuple[Resource, Resource]]:
    """Yields each queue that a function reads, with the function."""
    return ((queue, deployment.function_of(mapping)) for queue, mapping in _mappings(deployment, QUEUE))


@rule
def consumed_queues_have_a_dead_letter_queue(deployment: Deployment) -> Iterator[str]:
    for queue, function in _consumed(deployment):
        redrive = queue.properties.get("RedrivePolicy", {})
        dead_letters = deployment.referenced(redrive.get("deadLetterTargetArn", {}), queue)
        if dead_letters is None or dead_letters.type != QUEUE or dead_letters == queue:
            yield f"{queue.name}: {function.name} reads it, and it has no dead-letter queue"
        elif not 2 <= int(redrive.get("maxReceiveCount", 0)) <= 10:
            yield f"{queue.name}: allows {redrive.get('maxReceiveCount')} receives of a message"
        elif dead_letters.properties.get("MessageRetentionPeriod") != _TWO_WEEKS:
            yield f"{dead_letters.name}: dead letters must be kept for 14 days, the most that SQS allows"


@rule
def messages_are_delivered_alone(deployment: Deployment) -> Iterator[str]:
    """A process that ends gives back all its messages, and each of them counts one more delivery.

    The auditor reads no foreign file that could end it, and one object of the log for each event would be costly.
    Messages of webhooks wait for customers' servers at the same time, and none of them can end the process.
    """
    for queue, mapping in _mappings(deployment, QUEUE):
        if queue.name not in _TOGETHER and mapping.properties.get("BatchSize", 10) != 1:
            yield f"{queue.name}: {mapping.name} delivers several messages at once"


@rule
def a_failure_is_recorded_before_the_message_is_a_dead_letter(deployment: Deployment) -> Iterator[str]:
    for queue, function in _consumed(deployment):
        receives = int(queue.properties.get("RedrivePolicy", {}).get("maxReceiveCount", 0))
        attempts = JOB_ATTEMPTS if function.name == "JobsFunction" else ATTEMPTS
        if receives != attempts + 1:
            yield f"{queue.name}: {receives} receives, and {function.name} gives up at the {attempts + 1}th"


@rule
def a_check_ends_before_its_function_does(deployment: Deployment) -> Iterator[str]:
    """Download and inspection have limits of their own, so only a killed process leaves a message without an answer."""
    function, needed = deployment.named("ValidatorFunction"), FETCH_SECONDS + Limits().wall + _CALLS
    if function.properties["Timeout"] < needed:
        yield f"{function.name}: ends after {function.properties['Timeout']} s, and a check may need {needed:g} s"


@rule
def visibility_timeouts_are_at_least_six_function_timeouts(deployment: Deployment) -> Iterator[str]:
    for queue, function in _consumed(deployment):
        visibility, timeout = queue.properties.get("VisibilityTimeout", 30), function.properties["Timeout"]
        if visibility < 6 * timeout:
            yield f"{queue.name}: visibility timeout of {visibility} s is below 6 x {timeout} s of {function.name}"


@rule
def a_failed_message_does_not_fail_its_batch(deployment: Deployment) -> Iterator[str]:
    for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        if mapping.properties.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{mapping.name}: a failed message fails its whole batch"


@rule
def streams_are_read_in_order_from_the_first_record(deployment: Deployment) -> Iterator[str]:
    for table, mapping in _mappings(deployment, TABLE):
        if mapping.properties.get("ParallelizationFactor", 1) != 1:
            yield f"{table.name}: {mapping.name} reads a shard with several executions"
        if mapping.properties["StartingPosition"] != "TRIM_HORIZON":
            yield f"{table.name}: records committed while {mapping.name} is created would be skipped"
        if "NEW" not in table.properties["StreamSpecification"]["StreamViewType"]:
            yield f"{table.name}: its stream has no images, and so no events for {mapping.name}"


@rule
def failed_stream_records_are_kept_whole_in_a_bucket(deployment: Deployment) -> Iterator[str]:
    """A queue would get only the records' positions in the stream, and the stream keeps records for a day."""
    for table, mapping in _mappings(deployment, TABLE):
        settings = mapping.properties
        kept = deployment.referenced(
            settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"), mapping
        )
        if kept is None or kept.type != BUCKET:
            yield f"{table.name}: no bucket gets the records that {mapping.name} fails to process"
        if (
            settings.get("MaximumRetryAttempts", -1) != -1
            or not 0 < settings.get("MaximumRecordAgeInSeconds", -1) < _DAY
        ):
            yield f"{table.name}: {mapping.name} must retry until shortly before the stream drops the record"


@breaks(consumed_queues_have_a_dead_letter_queue, "ValidationQueue")
def no_dead_letter_queue(sources: Sources) -> None:
    del sources.properties("ValidationQueue")["RedrivePolicy"]


@breaks(consumed_queues_have_a_dead_letter_queue, "ValidationQueue")
def one_receive_only(sources: Sources) -> None:
    sources.properties("ValidationQueue")["RedrivePolicy"]["maxReceiveCount"] = 1


@breaks(consumed_queues_have_a_dead_letter_queue, "ValidationDeadLetters")
def dead_letters_for_four_days(sources: Sources) -> None:
    del sources.properties("ValidationDeadLetters")["MessageRetentionPeriod"]


@breaks(messages_are_delivered_alone, "ValidationQueue")
def several_messages_at_once(sources: Sources) -> None:
    sources.properties("ValidatorFunction")["Events"]["Finished"]["Properties"]["BatchSize"] = 2


@breaks(messages_are_delivered_alone, "ValidationQueue")
def the_default_batch_size(sources: Sources) -> None:
    del sources.properties("ValidatorFunction")["Events"]["Finished"]["Properties"]["BatchSize"]


@breaks(a_failure_is_recorded_before_the_message_is_a_dead_letter, "ValidationQueue")
def no_delivery_left_to_record_a_failure(sources: Sources) -> None:
    sources.properties("ValidationQueue")["RedrivePolicy"]["maxReceiveCount"] = ATTEMPTS


@breaks(a_check_ends_before_its_function_does, "ValidatorFunction")
def function_timeout_shorter_than_a_check(sources: Sources) -> None:
    sources.properties("ValidatorFunction")["Timeout"] = 240


@breaks(visibility_timeouts_are_at_least_six_function_timeouts, "ValidationQueue")
def visibility_timeout_too_short(sources: Sources) -> None:
    sources.properties("ValidationQueue")["VisibilityTimeout"] = 1799


@breaks(visibility_timeouts_are_at_least_six_function_timeouts, "ValidationQueue")
def function_timeout_too_long(sources: Sources) -> None:
    sources.properties("ValidatorFunction")["Timeout"] = 301


@breaks(a_failed_message_does_not_fail_its_batch, "ValidatorFunctionFinished")
def whole_batch_fails(sources: Sources) -> None:
    del sources.properties("ValidatorFunction")["Events"]["Finished"]["Properties"]["FunctionResponseTypes"]


def _stream(sources: Sources) -> dict[str, Any]:
    found: dict[str, Any] = sources.properties("RelayFunction")["Events"]["Committed"]["Properties"]
    return found


@breaks(streams_are_read_in_order_from_the_first_record, "RegistryTable")
def two_executions_per_shard(sources: Sources) -> None:
    _stream(sources)["ParallelizationFactor"] = 2


@breaks(streams_are_read_in_order_from_the_first_record, "RegistryTable")
def start_at_the_latest_record(sources: Sources) -> None:
    _stream(sources)["StartingPosition"] = "LATEST"


@breaks(streams_are_read_in_order_from_the_first_record, "RegistryTable")
def keys_without_images(sources: Sources) -> None:
    sources.properties("RegistryTable")["StreamSpecification"]["StreamViewType"] = "KEYS_ONLY"


@breaks(failed_stream_records_are_kept_whole_in_a_bucket, "RegistryTable")
def no_destination_for_failed_records(sources: Sources) -> None:
    del _stream(sources)["DestinationConfig"]


@breaks(failed_stream_records_are_kept_whole_in_a_bucket, "RegistryTable")
def ten_attempts_only(sources: Sources) -> None:
    _stream(sources)["MaximumRetryAttempts"] = 10


@breaks(failed_stream_records_are_kept_whole_in_a_bucket, "RegistryTable")
def no_maximum_record_age(sources: Sources) -> None:
    del _stream(sources)["MaximumRecordAgeInSeconds"]
