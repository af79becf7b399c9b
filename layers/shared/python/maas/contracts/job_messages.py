"""The message of the jobs function."""

from pydantic import BaseModel


class JobMessage(BaseModel):
    """A job that waits for a worker: for its beginning, or for one of its chunks."""

    tenant_id: str
    subject: str
    job_id: str
    chunk: int | None = None
