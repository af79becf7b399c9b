"""Steps, guards, tolerances and times of rollouts, as people write them on the command line."""

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import click

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\d{1,9}[smhd])+")
_STEP = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)%?(?::(.+))?")
_TOLERANCE = re.compile(r"(absolute|relative)=([^,=]+)(?:,(?!\1)(absolute|relative)=([^,=]+))?")
_GUARD = re.compile(r"([a-z_]+)=([^,]+)((?:,(?:quantile|min_calls)=[^,]+)*)")


def step(text: str) -> tuple[float, int]:
    """`5%:10m`: a share of the calls, and for how long; without a duration, until somebody goes on."""
    found = _STEP.fullmatch(text)
    seconds = _seconds(found[2] or "0s") if found else None
    if not found or seconds is None:
        raise click.BadParameter(f"{text!r} is not a step: write 5%:10m")
    return float(found[1]), seconds


def guard(text: str) -> dict[str, Any]:
    """`error_rate=0.02`, or `latency=1.5,quantile=0.95,min_calls=100`."""
    found = _GUARD.fullmatch(text)
    if not found:
        raise click.BadParameter(f"{text!r} is not a guard: write error_rate=0.02")
    options = dict(part.split("=") for part in found[3].split(",")[1:])
    try:
        made: dict[str, Any] = {"metric": found[1], "threshold": float(found[2])}
        made |= {"quantile": float(options["quantile"])} if "quantile" in options else {}
        made |= {"min_calls": int(options["min_calls"])} if "min_calls" in options else {}
    except ValueError:
        raise click.BadParameter(
            f"{text!r} has something that is not a number: write latency=1.5,quantile=0.95"
        ) from None
    return made


def tolerance(text: str) -> dict[str, float]:
    """`relative=0.05`, `absolute=0.001`, or both with a comma between."""
    found = _TOLERANCE.fullmatch(text)
    if not found:
        raise click.BadParameter(f"{text!r} is not a tolerance: write relative=0.05,absolute=0.001")
    try:
        return {found[place]: float(found[place + 1]) for place in (1, 3) if found[place]}
    except ValueError:
        raise click.BadParameter(f"{text!r} has something that is not a number: write relative=0.05") from None


def moment(text: str) -> datetime:
    """A time of RFC 3339, or `+12h`, twelve hours from now. Without an offset it is of this machine's time zone."""
    seconds = _seconds(text[1:]) if text.startswith("+") else None
    try:
        if seconds is not None:
            return datetime.now(timezone.utc) + timedelta(seconds=seconds)
        found = datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
        return found if found.tzinfo else found.astimezone()
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(f"{text!r} is not a time: write 2027-01-31T09:00:00Z, or +12h") from None


def _seconds(text: str) -> int | None:
    """The seconds of a duration such as `10m` or `1h30m`; None if it is not one."""
    if not _DURATION.fullmatch(text):
        return None
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))
