"""Made by tools/client_sync.py from maas_client/resources/jobs.py: do not edit."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from maas_client.answers import Job, JobFile, JobResult, JobUpload
from maas_client.portal import Portal, SyncPages
from maas_client.progress import ProgressCallback
from maas_client.resources import jobs as asynchronous


class Jobs:
    """The caller's own jobs. All operations need the scope inference:invoke."""

    def __init__(self, portal: Portal, inner: asynchronous.Jobs) -> None:
        self._portal, self._inner = portal, inner

    def submit(
        self,
        model: str,
        features: Any = None,
        *,
        inputs: dict[str, Any] | None = None,
        records: Any = None,
        version: str | None = None,
        outputs: Sequence[str] | None = None,
        priority: str | None = None,
        expires_in: int | None = None,
        call_timeout: float | None = None,
        timeout: float | None = None,
    ) -> Job:
        """Makes a job for values, which are given as in Inference.predict_batch.

        `priority` is normal or low, `expires_in` the seconds in which the job must end, and `call_timeout` those of a
        call of the model. Raises NotFound, WrongState, InvalidInput, TooLarge.
        """
        return self._portal.run(
            self._inner.submit,
            model,
            features,
            inputs=inputs,
            records=records,
            version=version,
            outputs=outputs,
            priority=priority,
            expires_in=expires_in,
            call_timeout=call_timeout,
            timeout=timeout,
        )

    def submit_file(
        self,
        model: str,
        file: str | PathLike[str] | JobFile,
        *,
        file_format: str | None = None,
        as_lists: bool | None = None,
        version: str | None = None,
        outputs: Sequence[str] | None = None,
        priority: str | None = None,
        expires_in: int | None = None,
        call_timeout: float | None = None,
        timeout: float | None = None,
    ) -> Job:
        """Uploads a file of rows and makes a job for it, or makes one for the `file` of another job.

        `file_format` is csv, ndjson or parquet; default: by the file's name. With `as_lists` the values of a row of CSV
        or Parquet are in the model's order. The rest is as in submit. Raises also FileError, TransferError.
        """
        return self._portal.run(
            self._inner.submit_file,
            model,
            file,
            file_format=file_format,
            as_lists=as_lists,
            version=version,
            outputs=outputs,
            priority=priority,
            expires_in=expires_in,
            call_timeout=call_timeout,
            timeout=timeout,
        )

    def upload(self, file: str | PathLike[str], *, timeout: float | None = None) -> str:
        """Uploads a file of rows, and returns its id for jobs. Raises FileError, TransferError, InvalidInput."""
        return self._portal.run(self._inner.upload, file, timeout=timeout)

    def new_file(self, size: int, sha256: str, *, timeout: float | None = None) -> JobUpload:
        """Returns a signed URL for a file with this size and SHA-256, in hexadecimal digits."""
        return self._portal.run(self._inner.new_file, size, sha256, timeout=timeout)

    def list(
        self,
        *,
        state: str | None = None,
        model_id: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> SyncPages[Job]:
        """Returns the caller's jobs, the newest first."""
        return SyncPages(self._portal, self._inner.list(state=state, model_id=model_id, limit=limit, timeout=timeout))

    def get(self, job_id: str, *, timeout: float | None = None) -> Job:
        """Reads a job. Raises NotFound."""
        return self._portal.run(self._inner.get, job_id, timeout=timeout)

    def wait(self, job_id: str, *, timeout: float | None = None, progress: ProgressCallback | None = None) -> Job:
        """Returns the job when it has ended, in whatever state. Raises NotFound, and DeadlineExceeded after `timeout`
        seconds; the job goes on then. `progress` is called at each look; its phase is the state of the job.
        """
        return self._portal.run(self._inner.wait, job_id, timeout=timeout, progress=progress)

    def cancel(self, job_id: str, *, timeout: float | None = None) -> Job:
        """Ends a job that has not ended. Raises NotFound, WrongState."""
        return self._portal.run(self._inner.cancel, job_id, timeout=timeout)

    def results(self, job_id: str, *, limit: int | None = None, timeout: float | None = None) -> SyncPages[JobResult]:
        """Returns the parts of a job's result, in the order of its rows, each with a signed URL."""
        return SyncPages(self._portal, self._inner.results(job_id, limit=limit, timeout=timeout))

    def download(
        self, job_id: str, to: str | PathLike[str], *, file_format: str | None = None, timeout: float | None = None
    ) -> Path:
        """Writes the whole result of a job to a file, and returns its path. The job must have ended.

        That of a file of rows is NDJSON, or a table if `file_format`, or else the name of `to`, is csv or parquet
        (which needs pyarrow). That of values is JSON. Of a job that has not succeeded, it has the rows until its end.
        Raises TransferError, NoSpace, FileError, ApiError.
        """
        return self._portal.run(self._inner.download, job_id, to, file_format=file_format, timeout=timeout)
