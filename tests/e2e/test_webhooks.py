"""A webhook on the whole stack: a published version arrives as a signed request at a receiver on loopback."""

import contextlib
import json
import queue
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from standardwebhooks.webhooks import Webhook

from local.demo import upload
from tests.samples import onnx_files
from tests.support.http_servers import http_server
from tests.support.stack_users import MODELS
from tests.support.stacks import RunningStack
from tests.support.waiting import until

pytestmark = pytest.mark.kinds("embedded")  # SAM's containers don't reach receivers on the machine's loopback

FILE = onnx_files.largest_of_four()
Received = tuple[dict[str, str], bytes]


@contextlib.contextmanager
def receiver(*statuses: int) -> Iterator[tuple[str, "queue.Queue[Received]"]]:
    """Answers with the statuses in turn, then with 204. Yields its URL and the requests."""
    received: queue.Queue[Received] = queue.Queue()
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.put(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(left.pop(0) if left else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

    with http_server(Handler) as url:
        yield f"{url}/maas", received


def test_a_published_version_arrives_signed_within_seconds(local_stack: RunningStack) -> None:
    user, stranger = local_stack.user(), local_stack.user()
    with receiver(500) as (url, received), receiver() as (other_url, other):
        body = {"url": url, "events": ["VersionStateChanged"]}
        hook = user.api.post("/api/v1/webhooks", body)
        stranger.api.post("/api/v1/webhooks", {"url": other_url})
        model_id = user.draft()
        upload.upload(user.api, model_id, "1.0.0", "model.onnx", FILE)
        user.api.post(f"{MODELS}/{model_id}/versions/1.0.0/publish")
        ids, states = [], []
        while "published" not in states:
            headers, content = received.get(timeout=20)
            event = Webhook(hook["secret"]).verify(content, headers)
            assert (event["type"], event["data"]["tenant_id"]) == ("VersionStateChanged", user.tenant_id)
            ids.append(headers["webhook-id"])
            states.append(event["data"]["after"]["state"])
        with pytest.raises(Exception, match="signature"):
            Webhook(hook["secret"]).verify(content + b" ", headers)
        # The first request got a 500, so it came again under its id.
        path = f"/api/v1/webhooks/{hook['id']}/deliveries"
        until(lambda: all(each["state"] == "delivered" for each in user.api.get(path)["items"]), 30)
        # Deliveries have no order: one of an earlier state may arrive after that of the last.
        ids += [headers["webhook-id"] for headers, _ in received.queue]
        history = {each["id"]: each for each in user.api.get(path)["items"]}
        assert history.keys() == set(ids)
        assert [each["status"] for each in history[ids[0]]["attempts"]] == [204, 500]
        assert not [content for _, content in list(other.queue) if model_id.encode() in content]


def test_a_test_and_a_redelivery_reach_the_receiver_with_one_id(local_stack: RunningStack) -> None:
    user = local_stack.user()
    with receiver() as (url, received):
        hook = user.api.post("/api/v1/webhooks", {"url": url, "events": ["ModelDeleted"]})
        path = f"/api/v1/webhooks/{hook['id']}"
        sent = user.api.post(f"{path}/test")["id"]
        first, body = received.get(timeout=20)
        until(lambda: user.api.get(f"{path}/deliveries")["items"][0]["state"] == "delivered", 30)
        user.api.post(f"{path}/deliveries/{sent}/redeliver")
        second, again = received.get(timeout=20)
        assert (first["webhook-id"], second["webhook-id"], again) == (sent, sent, body)
        assert json.loads(body)["type"] == "Test"
        user.api.success("DELETE", path)
        assert user.api.request("GET", f"{path}/deliveries").status_code == 404
