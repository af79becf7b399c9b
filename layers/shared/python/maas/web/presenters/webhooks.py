"""Webhooks and deliveries between the domain and the contract."""

from maas.contracts.webhooks import (
    AttemptAnswer,
    CreateWebhook,
    DeliveryAnswer,
    NewWebhookAnswer,
    PatchWebhook,
    WebhookAnswer,
)
from maas.domain.webhooks.deliveries import Attempt, Delivery
from maas.domain.webhooks.subscriptions import Webhook
from maas.domain.webhooks.terms import WebhookTerms
from maas.services.webhooks import NewSecret

# Characters of a body in the history; an answer of a function has at most 6 MB.
BODY_CHARACTERS = 4096


def webhook_terms(body: CreateWebhook | PatchWebhook) -> WebhookTerms:
    return WebhookTerms(url=body.url, events=body.events, description=body.description, enabled=body.enabled)


def webhook_answer(webhook: Webhook) -> WebhookAnswer:
    return WebhookAnswer(
        id=webhook.id,
        url=webhook.url,
        events=list(webhook.events),
        description=webhook.description,
        enabled=webhook.disabled is None,
        disabled_reason=webhook.disabled,
        failing_since=webhook.failing_since,
        previous_secret_until=webhook.previous_until,
        created_by=webhook.created_by,
        created_at=webhook.created_at,
    )


def new_webhook_answer(new: NewSecret) -> NewWebhookAnswer:
    return NewWebhookAnswer(**webhook_answer(new.webhook).model_dump(), secret=new.secret.text)


def delivery_answer(delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=delivery.id,
        event_type=delivery.type,
        state=delivery.state,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_at,
        attempt_count=delivery.attempt_count,
        attempts=[_attempt_answer(each) for each in reversed(delivery.attempts)],
        request_body=delivery.body[:BODY_CHARACTERS],
        request_body_cut=len(delivery.body) > BODY_CHARACTERS,
    )


def _attempt_answer(attempt: Attempt) -> AttemptAnswer:
    return AttemptAnswer(
        at=attempt.at,
        milliseconds=attempt.milliseconds,
        status=attempt.status,
        error=attempt.error or None,
        answer=attempt.answer,
        request_headers=dict(attempt.headers),
    )
