"""Jobs: predictions that run after their request was answered."""

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from maas_client.answers import Job, JobFile, JobResult, JobUpload
from maas_client.errors import FileError, TransferError
from maas_client.http.api import Api, Pages
from maas_client.http.calls import Call, given, listed, path
from maas_client.job_files.files import fetch_results, measured, put_file
from maas_client.job_files.tables import NDJSON, format_of, write_table
from maas_client.job_files.waiting import until_ended
from maas_client.progress import ProgressCallback
from maas_client.resources.base import Resource
from maas_client.values import rows

_FORMATS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet", ".pq": "parquet"}


class Jobs(Resource):
    """The caller's own jobs. All operations need the scope inference:invoke."""

    def __init__(self, api: Api, http: Callable[[], httpx2.AsyncClient]) -> None:
        super().__init__(api)
        self._http = http

    async def submit(
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
        body = rows(features, inputs, records) | given(
            model_id=model,
            version=version,
            outputs=listed(outputs),
            priority=priority,
            expires_in=expires_in,
            timeout=call_timeout,
        )
        return await self._submit(body, timeout)

    async def submit_file(
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
        uploaded = file if isinstance(file, JobFile) else await self._uploaded(file, file_format, timeout)
        lists = uploaded.as_lists if as_lists is None else as_lists
        body = given(
            model_id=model,
            file=given(id=uploaded.id, format=file_format or uploaded.format, as_lists=lists or None),
            version=version,
            outputs=listed(outputs),
            priority=priority,
            expires_in=expires_in,
            timeout=call_timeout,
        )
        return await self._submit(body, timeout)

    async def _uploaded(self, file: str | PathLike[str], file_format: str | None, timeout: float | None) -> JobFile:
        kind = file_format or _FORMATS.get(Path(file).suffix.lower())
        if kind is None:
            raise FileError(f"the format of {file} can't be told from its name: give csv, ndjson or parquet")
        return JobFile(id=await self.upload(file, timeout=timeout), format=kind, as_lists=False)

    async def upload(self, file: str | PathLike[str], *, timeout: float | None = None) -> str:
        """Uploads a file of rows, and returns its id for jobs. Raises FileError, TransferError, InvalidInput."""
        where = Path(file)
        size, sha256 = await measured(where)
        place = await self.new_file(size, sha256, timeout=timeout)
        async with self._http() as http:
            await put_file(http, where, place)
        return place.id

    async def new_file(self, size: int, sha256: str, *, timeout: float | None = None) -> JobUpload:
        """Returns a signed URL for a file with this size and SHA-256, in hexadecimal digits."""
        body = {"size": size, "sha256": sha256}
        return await self._api.call(Call("POST", path("inference", "files"), body=body, timeout=timeout), JobUpload)

    def list(
        self,
        *,
        state: str | None = None,
        model_id: str | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Pages[Job]:
        """Returns the caller's jobs, the newest first."""
        params = {"state": state, "model_id": model_id, "limit": limit}
        return self._pages(Job, "inference", "jobs", params=params, timeout=timeout)

    async def get(self, job_id: str, *, timeout: float | None = None) -> Job:
        """Reads a job. Raises NotFound."""
        return await self._api.call(Call("GET", path("inference", "jobs", job_id), timeout=timeout), Job)

    async def wait(self, job_id: str, *, timeout: float | None = None, progress: ProgressCallback | None = None) -> Job:
        """Returns the job when it has ended, in whatever state. Raises NotFound, and DeadlineExceeded after `timeout`
        seconds; the job goes on then. `progress` is called at each look; its phase is the state of the job.
        """
        return await until_ended(lambda: self.get(job_id), timeout, progress)

    async def cancel(self, job_id: str, *, timeout: float | None = None) -> Job:
        """Ends a job that has not ended. Raises NotFound, WrongState."""
        return await self._api.call(Call("DELETE", path("inference", "jobs", job_id), timeout=timeout), Job)

    def results(self, job_id: str, *, limit: int | None = None, timeout: float | None = None) -> Pages[JobResult]:
        """Returns the parts of a job's result, in the order of its rows, each with a signed URL."""
        return self._pages(JobResult, "inference", "jobs", job_id, "results", params={"limit": limit}, timeout=timeout)

    async def download(
        self, job_id: str, to: str | PathLike[str], *, file_format: str | None = None, timeout: float | None = None
    ) -> Path:
        """Writes the whole result of a job to a file, and returns its path. The job must have ended.

        That of a file of rows is NDJSON, or a table if `file_format`, or else the name of `to`, is csv or parquet
        (which needs pyarrow). That of values is JSON. Of a job that has not succeeded, it has the rows until its end.
        Raises TransferError, NoSpace, FileError, ApiError.
        """
        target, kind = Path(to), file_format or format_of(Path(to))
        job = await self.get(job_id, timeout=timeout)
        if not job.has_ended:
            raise TransferError(f"the job {job_id} is {job.state}: its result is not whole")
        if job.state != "succeeded" and not job.rows:
            raise TransferError(f"the job {job_id} is {job.state}, without a result")
        if kind == NDJSON:
            await self._fetch(job_id, target, timeout)
            return target
        with TemporaryDirectory(prefix="maas-") as folder:
            rows_file = Path(folder) / "rows.ndjson"
            await self._fetch(job_id, rows_file, timeout)
            await write_table(rows_file, target, kind)
        return target

    async def _fetch(self, job_id: str, to: Path, timeout: float | None) -> None:
        async def renewed(number: int) -> JobResult:
            return [part async for part in self.results(job_id, timeout=timeout)][number]

        async with self._http() as http:
            await fetch_results(http, self.results(job_id, timeout=timeout).__aiter__(), to, renewed)

    async def _submit(self, body: dict[str, Any], timeout: float | None) -> Job:
        call = Call("POST", path("inference", "jobs"), body=body, keyed=True, timeout=timeout)
        return await self._api.call(call, Job)
