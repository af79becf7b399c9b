"""A model's changelog as a Markdown document (https://keepachangelog.com)."""

from maas.contracts.changelog import ChangelogAnswer, ChangelogEntry
from maas.web.markdown import heading, inline, paragraphs


def document(changelog: ChangelogAnswer) -> str:
    entries = [_entry(entry) for entry in changelog.items] or ["No version has been published."]
    more = [f"Older versions continue from {changelog.next_to}."] if changelog.next_to else []
    return "\n\n".join([f"# Changelog of {heading(changelog.name)}", *entries, *more]) + "\n"


def _entry(entry: ChangelogEntry) -> str:
    date = f" - {entry.published_at:%Y-%m-%d}" if entry.published_at else ""
    by = [f"By {inline(entry.created_by)}"] if entry.created_by else []
    deprecated = [f"deprecated on {entry.deprecated_at:%Y-%m-%d}"] if entry.deprecated_at else []
    forced = [f"Published although it breaks callers: {inline(entry.forced)}"] if entry.forced else []
    text = paragraphs(entry.changelog) or "No changelog was written."
    about = _sentence(", ".join([*by, *deprecated]))
    return "\n\n".join([f"## [{inline(entry.version)}]{date}", *about, *forced, text])


def _sentence(words: str) -> list[str]:
    """One paragraph that begins with a capital letter, or none for empty `words`."""
    return [f"{words[0].upper()}{words[1:]}."] if words else []
