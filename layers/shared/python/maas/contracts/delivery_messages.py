"""The messages of the webhooks function."""

from typing import Any

from pydantic import BaseModel, Field


class BusMessage(BaseModel):
    """An event as EventBridge puts it into a queue."""

    detail_type: str = Field(alias="detail-type")
    detail: dict[str, Any]


class DeliveryMessage(BaseModel):
    """A delivery that waits for an attempt. A message of an earlier release names no run."""

    tenant_id: str
    webhook_id: str
    delivery_id: str
    run: str = ""
