"""What our functions tell each other by queue."""

from maas.contracts.base import Body


class FinishedUpload(Body):
    """An upload whose file waits to be checked."""

    upload_id: str
    tenant_id: str
