"""What is sent is worked on, or kept where somebody looks."""

from collections.abc import Iterator

from local.template import QUEUE
from tests.template.checks import breaks, rule
from tests.template.deployment import Deployment, Resource, Sources

_TWO_WEEKS = 14 * 24 * 3600


def _consumed(deployment: Deployment) -> Iterator[tuple[Resource, Resource]]:
    """Each queue that a function reads, with the function."""
    for mapping in deployment.of_type("AWS::Lambda::EventSourceMapping"):
        queue = deployment.referred(mapping.properties["EventSourceArn"], mapping)
        assert queue is not None
        yield queue, deployment.function_of(mapping)


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
