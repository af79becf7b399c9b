"""The names of credentials in tokens and in Principal.credential: a kind and an id."""

KEY, SESSION, ISSUER = "key", "session", "issuer"


def credential_of(kind: str, credential_id: str) -> str:
    """The text that names a credential in tokens and in Principal.credential."""
    return f"{kind}/{credential_id}"


def parsed_credential(text: str) -> tuple[str, str]:
    """Kind and id of a credential; two empty texts if `text` names none."""
    kind, _, credential_id = text.partition("/")
    credential_id = credential_id.partition(".")[0]
    return (kind, credential_id) if kind in (SESSION, KEY, ISSUER) and credential_id else ("", "")
