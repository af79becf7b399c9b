"""Lists of files: those of a start, checked again, and those of a version."""

from collections.abc import Sequence
from dataclasses import replace

from maas.domain.catalog.versions import Artifact
from maas.domain.errors import InvalidInput, Rule
from maas.domain.uploads.files import DeclaredFile, FileLimits, checked_files
from maas.domain.uploads.sessions import PART_MAX, PARTS_MAX, Upload, UploadFile, file_key, plan

# What S3 allows. The functions, which know the memory, allow less.
_LIMITS = FileLimits(main=PART_MAX * PARTS_MAX, total=PART_MAX * PARTS_MAX)


def check_list(files: Sequence[UploadFile]) -> None:
    """Raises InvalidInput if a file breaks a rule, or the list is not in stored form and order."""
    declared = tuple(DeclaredFile(path=f.path, size=f.size, sha256=f.sha256, main=f.main) for f in files)
    if checked_files(declared, _LIMITS) != declared:
        raise InvalidInput.of("files", Rule.INVALID, "must be in stored form, in the order of their paths' bytes")
    for i, file in enumerate(files):
        if file.content_key:
            raise InvalidInput.of(f"files[{i}].content_key", Rule.INVALID, "must be empty until the file was proved")
        if not file.is_single:
            plan(file.size, file.part_size, file.size)
        elif file.part_size != file.size:
            raise InvalidInput.of(f"files[{i}].part_size", Rule.INVALID, "must be the size of a file in one request")


def check_keys(upload_key: str, files: Sequence[UploadFile]) -> None:
    """Raises InvalidInput if a file is not below the key of its upload, where no other upload's is."""
    for i, file in enumerate(files):
        if file.storage_key != file_key(upload_key, i):
            raise InvalidInput.of(f"files[{i}].storage_key", Rule.INVALID, "must be the key of this upload's file")


def files_of(upload: Upload, artifact: Artifact) -> tuple[UploadFile, ...]:
    """The files of a version; of the main one what its artifact says."""
    if upload.is_set:
        return tuple(_checked(file, artifact) if file.main else file for file in upload.files)
    only = UploadFile(
        path=upload.filename,
        size=artifact.size,
        sha256=artifact.sha256,
        main=True,
        part_size=upload.part_size,
        storage_key=artifact.storage_key,
    )
    return (_checked(only, artifact),)


def _checked(file: UploadFile, artifact: Artifact) -> UploadFile:
    return replace(file, format=artifact.format, details=artifact.details, object_version=artifact.object_version)
