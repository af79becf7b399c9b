"""The short way of a plain request from its event to its endpoint, without FastAPI.

FastAPI and Mangum take longer than a small model (docs/benchmarks.md#predict-handler).
"""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from inspect import signature
from typing import Any

from fastapi import Response
from pydantic import BaseModel
from pydantic_core import from_json

from maas.domain.identity.principals import Principal
from maas.web.model_paths import unescaped
from maas.web.negotiation import preferred
from maas.web.principal import required_scope
from maas.web.routing_keys import NO_FIELDS
from maas.web.strict import repeated_names
from maas.web.values_route import ValuesRoute

Call = Callable[[], Coroutine[Any, Any, Response]]


class ShortWay:
    """The short way of one route, for requests without a query.

    A request takes it if there is nothing to refuse but the content of its valid body. Any other one goes FastAPI's
    way, which finds what is wrong with it: no rule is written twice.
    """

    def __init__(self, route: ValuesRoute) -> None:
        model = route.body_field.field_info.annotation if route.body_field else None
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        self._validate = model.__pydantic_validator__.validate_python
        self._match = route.path_regex.match
        takes_fields = "fields" in signature(route.endpoint).parameters
        self._endpoint = partial(route.endpoint, fields=NO_FIELDS) if takes_fields else route.endpoint
        self._scope = required_scope(each.call for each in route.dependant.dependencies)
        self._special = {"content-encoding", *(field.alias for field in route.dependant.header_params)}
        self._offered, self._body_max = route.offered, route.body_max

    def call(self, caller: Principal, path: str, headers: Mapping[str, str], body: str) -> Call | None:
        """The call of the endpoint; None for a request that is not to take this way. Names of headers are in lower
        case, and their values in ASCII.
        """
        found = self._match(path)
        if found is None or self._scope not in caller.scopes:
            return None
        try:
            if not self._is_plain(headers, body):
                return None
            given = from_json(body, allow_inf_nan=False)
            if not _names_once(body, given):
                return None
            values = self._validate(given)
        except ValueError:  # pydantic's errors too, and a text that is no Unicode
            return None
        parameters = {name: unescaped(value) for name, value in found.groupdict().items()}
        return partial(self._endpoint, headers=headers, caller=caller, body=values, **parameters)

    def _is_plain(self, headers: Mapping[str, str], body: str) -> bool:
        return (
            headers.get("content-type") == "application/json"
            and self._special.isdisjoint(headers)
            and (len(body) <= self._body_max // 4 or len(body.encode()) <= self._body_max)
            and preferred(headers.get("accept"), self._offered) is not None
        )


def _names_once(document: str, given: Any) -> bool:
    """Returns whether no object of a JSON document, which was parsed to `given`, has a name twice.

    Without escapes each string has two quotes. If there are no others than those of the outermost object, then the
    parser has dropped none, and there is no second object.
    """
    if isinstance(given, dict) and "\\" not in document:
        strings = len(given) + sum([type(value) is str for value in given.values()])
        if document.count('"') == 2 * strings:
            return True
    return not repeated_names(document.encode())
