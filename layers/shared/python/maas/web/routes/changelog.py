"""The route of a model's changelog, and the changelog as a document (https://keepachangelog.com)."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.requests import Request

from maas.contracts.changelog import ChangelogAnswer, ChangelogEntry
from maas.services.changelog import ChangelogService
from maas.web.markdown import heading, inline, paragraphs
from maas.web.negotiation import NegotiatedRoute, answered
from maas.web.principal import Reader


class _Changelog:
    def __init__(self, service: ChangelogService) -> None:
        self._service = service

    async def get(
        self,
        caller: Reader,
        model_id: str,
        request: Request,
        after: Annotated[str, Query(alias="from")] = "",
        to: str = "",
        within: Annotated[str, Query(alias="range")] = "",
    ) -> Response:
        found = await self._service.changelog(caller, model_id, after=after, to=to, within=within)
        answer = ChangelogAnswer.of(found.model, found.versions, found.next_to)
        return answered(request, answer, document)


def document(changelog: ChangelogAnswer) -> str:
    entries = [_entry(entry) for entry in changelog.items] or ["Nothing has been published."]
    more = [f"Older versions follow from {changelog.next_to} on."] if changelog.next_to else []
    return "\n\n".join([f"# Changelog of {heading(changelog.name)}", *entries, *more]) + "\n"


def _entry(entry: ChangelogEntry) -> str:
    date = f" - {entry.published_at:%Y-%m-%d}" if entry.published_at else ""
    by = [f"By {inline(entry.created_by)}"] if entry.created_by else []
    deprecated = [f"deprecated on {entry.deprecated_at:%Y-%m-%d}"] if entry.deprecated_at else []
    forced = [f"It breaks callers, and was published all the same: {inline(entry.forced)}"] if entry.forced else []
    text = paragraphs(entry.changelog) or "Nothing is said of what changed."
    about = _sentence(", ".join([*by, *deprecated]))
    return "\n\n".join([f"## [{inline(entry.version)}]{date}", *about, *forced, text])


def _sentence(words: str) -> list[str]:
    return [f"{words[0].upper()}{words[1:]}."] if words else []


def changelog_routes(service: ChangelogService) -> APIRouter:
    routes = _Changelog(service)
    router = APIRouter(prefix="/api/v1/models/{model_id}", route_class=NegotiatedRoute)
    router.add_api_route("/changelog", routes.get, methods=["GET"])
    return router
