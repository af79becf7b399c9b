"""Drift of predictions on a whole stack: a signed request to a webhook and a record of the audit log, once each."""

import queue
import time
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.test_webhooks import Received, receiver
from tests.support.stack_users import MODELS, User
from tests.support.stacks import RunningStack
from tests.support.waiting import until

# SAM's containers don't reach receivers on the machine's loopback.
pytestmark = [pytest.mark.kinds("embedded"), pytest.mark.timeout(500)]

# Seconds for a step that takes one or two alone: a survey looks at the versions of all tests of the session, and in the
# first minutes of an hour at all hours of each.
PATIENCE = 240.0
USUAL, SHIFTED = range(10), range(20, 30)


class Surveys:
    """Surveys of all versions, which the schedule asks for every five minutes."""

    def __init__(self, stack: RunningStack) -> None:
        self._sqs, self._queue = stack.client("sqs"), stack.ready["queues"]["SurveyQueue"]

    def ask(self) -> None:
        self._sqs.send_message(QueueUrl=self._queue, MessageBody='{"survey": "all"}')

    def finish(self) -> None:
        """Returns when no survey waits or is under way."""
        until(lambda: not any(self._open()), PATIENCE)

    def _open(self) -> list[int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=names)["Attributes"]
        return [int(found[name]) for name in names]


def test_drift_is_told_once_when_it_begins_and_once_when_it_has_ended(local_stack: RunningStack) -> None:
    user, surveys = local_stack.user(), Surveys(local_stack)
    model_id = user.publish_largest()
    version = f"{MODELS}/{model_id}/versions/1.0.0"
    with receiver() as (url, received):
        hook = user.api.post("/api/v1/webhooks", {"url": url, "events": ["DriftFound", "DriftEnded"]})
        set_baseline(user, version, USUAL)
        for _ in range(3):
            predict(user, model_id, SHIFTED)
        until(lambda: user.api.get(f"{version}/drift")["outcome"] == "drift", PATIENCE)

        surveys.ask()
        found = delivered(hook, received)
        surveys.ask()
        surveys.finish()
        set_baseline(user, version, SHIFTED)
        surveys.finish()  # none has the earlier baseline any more
        let_an_hour_pass(local_stack, user, model_id)
        surveys.ask()
        ended = delivered(hook, received)

        told = {"object": f"model/{model_id}/version/1.0.0", "subject": "surveyor", "tenant_id": user.tenant_id}
        for event, kind in ((found, "DriftFound"), (ended, "DriftEnded")):
            assert (event["type"], {name: event["data"][name] for name in told}) == (kind, told)
            assert (event["data"]["after"]["model_id"], event["data"]["after"]["version"]) == (model_id, "1.0.0")
            assert event["data"]["after"]["rows"] >= 100
        drifting = {(each["side"], each["name"]) for each in found["data"]["after"]["drifting"]}
        assert drifting == {("input", f"x[{column}]") for column in range(4)}
        assert (found["data"]["after"]["share"], ended["data"]["after"]["drifting"]) == ("1", [])

        until(lambda: "DriftEnded" in actions(user, told["object"]), PATIENCE)
        assert actions(user, told["object"]) == ["DriftEnded", "DriftFound"]
        deliveries = user.api.get(f"/api/v1/webhooks/{hook['id']}/deliveries")["items"]
        assert (len(deliveries), received.empty()) == (2, True)


def set_baseline(user: User, version: str, values: range) -> None:
    column = {"count": 100, "minimum": values[0], "maximum": values[-1], "quantiles": [*values]}
    inputs = {f"x[{place}]": column for place in range(4)}
    user.api.success("PUT", f"{version}/baseline", {"rows": 100, "inputs": inputs})


def predict(user: User, model_id: str, values: range) -> None:
    """Sends a hundred rows, in which each of the four inputs has the values equally often."""
    rows = [[values[(row + place) % len(values)] for place in range(4)] for row in range(100)]
    user.api.post(f"{MODELS}/{model_id}/predict", {"features": rows})


def delivered(hook: dict[str, Any], received: "queue.Queue[Received]") -> dict[str, Any]:
    """The next event of the webhook, whose signature is verified."""
    headers, content = received.get(timeout=PATIENCE)
    event: dict[str, Any] = Webhook(hook["secret"]).verify(content, headers)
    return event


def let_an_hour_pass(stack: RunningStack, user: User, model_id: str) -> None:
    """Sets the last window that drifted back by two hours: the stack's clock can't be turned."""
    stack.client("dynamodb").update_item(
        TableName=stack.ready["tables"]["MonitoringTable"],
        Key={"pk": {"S": f"DRIFT#{user.tenant_id}#{model_id}#1.0.0"}, "sk": {"S": "told"}},
        UpdateExpression="SET window_end = :at",
        ConditionExpression="window_end > :at",
        ExpressionAttributeValues={":at": {"N": str(int(time.time()) - 7200)}},
    )


def actions(user: User, what: str) -> list[str]:
    """The events of drift in the audit log, the latest first."""
    found = [str(each["action"]) for each in user.api.get(f"/api/v1/audit?object={what}")["items"]]
    return [each for each in found if each.startswith("Drift")]
