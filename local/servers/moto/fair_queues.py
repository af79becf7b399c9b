"""Fair queues: SQS hands out messages of groups with few others under way first, and moto in the order of sending.

In the order of sending, the thousand jobs of one organization would come before each job of another one.
"""

from collections import Counter

from moto.sqs.models import Message, Queue

_in_order = vars(Queue)["messages"].fget


def _by_groups(queue: Queue) -> list[Message]:
    """The messages that can be received; of a standard queue, those of the groups with the fewest under way first."""
    found: list[Message] = _in_order(queue)
    if queue.fifo_queue:
        return found
    under_way = Counter(message.group_id for message in queue._messages if not message.visible)
    return sorted(found, key=lambda message: under_way[message.group_id] if message.group_id else 0)


def apply() -> None:
    """Puts the fix in."""
    Queue.messages = property(_by_groups)  # type: ignore[method-assign, assignment]
