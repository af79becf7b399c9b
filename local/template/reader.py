"""Converts the template's resources to the specs of everything that runs."""

from collections.abc import Mapping
from typing import Any

from local.errors import TemplateError
from local.template.checks import shape_errors
from local.template.containers import containers_of
from local.template.document import FUNCTION, TASK, Template
from local.template.event_sources import sqs_source, stream_source
from local.template.functions import Functions
from local.template.http_api import HttpApi
from local.template.schedules import schedules_of
from local.template.specs import Application, FunctionSpec, RouteSpec, SqsSource, StreamSource

Event = RouteSpec | SqsSource | StreamSource


def read_application(template: Template) -> Application:
    """Returns the application with every reference resolved.

    Raises:
        TemplateError: a function, event, authorizer or container needs something that the local stack can't do.
    """
    functions = Functions(template)
    api = HttpApi(template, functions.by_arn)
    specs: dict[str, FunctionSpec] = {}
    events: list[Event] = []
    for name in template.of_type(FUNCTION):
        with shape_errors(name):
            specs[name] = functions.spec(name)
            events += [_event(api, name, *declared) for declared in functions.events(name)]
    return Application(
        functions=specs,
        routes=tuple(event for event in events if isinstance(event, RouteSpec)),
        sources=tuple(event for event in events if isinstance(event, SqsSource)),
        streams=tuple(event for event in events if isinstance(event, StreamSource)),
        containers=tuple(container for task in template.of_type(TASK) for container in containers_of(template, task)),
        cors=api.cors(),
        schedules=schedules_of(template),
    )


def _event(api: HttpApi, function: str, where: str, event_type: Any, settings: Mapping[str, Any]) -> Event:
    if event_type == "HttpApi":
        return api.route(function, settings, where)
    if event_type == "SQS":
        return sqs_source(function, settings, where)
    if event_type == "DynamoDB":
        return stream_source(function, settings, where)
    raise TemplateError(where, f"the local stack does not support event sources of type {event_type!r}")
