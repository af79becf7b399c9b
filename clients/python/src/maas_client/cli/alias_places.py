"""Aliases as commands take them: `iris@production`, or in two words, `iris production`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from maas_client.cli.completions import model_names


@dataclass(frozen=True)
class AliasPlace:
    """An alias of a model, and the words that stand behind it."""

    model: str
    alias: str
    rest: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.model}@{self.alias}"


def place_argument(*rest: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the argument `place`: MODEL@ALIAS or MODEL ALIAS, and then the words of `rest`.

    A word in brackets may be left out.
    """
    shown = " ".join(("MODEL@ALIAS", *rest))
    place = partial(_place, rest)
    return click.argument("place", nargs=-1, required=True, metavar=shown, callback=place, shell_complete=_first_word)


def _place(rest: Sequence[str], ctx: click.Context, _param: click.Parameter, words: tuple[str, ...]) -> Any:
    """Raises UsageError unless the words are those of one of the two forms."""
    if ctx.resilient_parsing:  # a shell completes them
        return words
    found, example = _split(words), " ".join((ctx.command_path, "iris@production", *rest))
    # As in the server's rule, an alias begins with a letter, and a version does not.
    if not found.model.strip() or not found.alias[:1].isalpha() or {*"@:/"} & {*found.alias}:
        raise click.UsageError(f"{words[0]!r} has no alias: write {example}", ctx)
    least = sum(not word.startswith("[") for word in rest)
    if not least <= len(found.rest) <= len(rest):
        raise click.UsageError(f"name the alias once, and what follows it: write {example}", ctx)
    return found


def _split(words: tuple[str, ...]) -> AliasPlace:
    """Splits at the last `@` of the first word. So a name that has one is written in this form alone."""
    model, mark, alias = words[0].rpartition("@")
    if mark and "/" not in alias:  # an owner before the slash may have one
        return AliasPlace(model, alias, words[1:])
    return AliasPlace(words[0], "".join(words[1:2]), words[2:])


def _first_word(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Returns names of models for the first word."""
    return [] if ctx.params.get("place") else model_names(ctx, param, incomplete)
