"""Files of versions between the use cases and the contract."""

from maas.contracts.files import DownloadsAnswer, FileAnswer, FileDownloadAnswer, FilesAnswer
from maas.domain.clock import now
from maas.domain.uploads.version_files import VersionFiles
from maas.services.downloads import Downloads


def files_answer(found: VersionFiles) -> FilesAnswer:
    files = [
        FileAnswer(
            path=file.path,
            size=file.size,
            sha256=file.sha256,
            main=file.main,
            format=file.format,
            details=dict(file.details),
        )
        for file in found.files
    ]
    return FilesAnswer(digest=found.digest, total_size=found.total_size, files=files)


def downloads_answer(downloads: Downloads) -> DownloadsAnswer:
    found = downloads.found
    files = [
        FileDownloadAnswer(path=file.path, size=file.size, sha256=file.sha256, main=file.main, url=url)
        for file, url in zip(found.files, downloads.urls, strict=True)
    ]
    return DownloadsAnswer(
        version=found.version.version,
        digest=found.digest,
        total_size=found.total_size,
        expires_at=downloads.expires_at,
        server_time=now(),
        files=files,
    )
