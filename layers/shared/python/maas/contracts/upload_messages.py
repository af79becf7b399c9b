"""The message to the validator."""

from maas.contracts.base import Body


class FinishedUpload(Body):
    """The queue message about an upload whose file must be validated."""

    upload_id: str
    tenant_id: str
