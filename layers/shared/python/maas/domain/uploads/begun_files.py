"""Files of a set whose parts are sent: the store's own upload of each begins when its parts are first signed."""

from dataclasses import dataclass, replace

from maas.domain import value_rules
from maas.domain.errors import InvalidInput, Rule, WrongState
from maas.domain.uploads.sessions import Upload, UploadFile, UploadState

STORE_ID_MAX = 1024


@dataclass(frozen=True, slots=True)
class BegunFile:
    """`storage_upload_id` is the store's id. `checksums`: whether every part has its SHA-256, or none has."""

    path: str
    storage_upload_id: str
    checksums: bool = False

    def checked(self, upload: Upload) -> UploadFile:
        """The file as it is now. Raises InvalidInput (path, storage_upload_id), WrongState."""
        value_rules.text("storage_upload_id", self.storage_upload_id, minimum=1, maximum=STORE_ID_MAX)
        if upload.state is not UploadState.OPEN:
            raise WrongState.of("state", f"{upload.fate}; it takes no more parts")
        file = find_file(upload, self.path, "path")
        if file.is_single:
            raise InvalidInput.of("path", Rule.INVALID, "is a file that is sent in one request")
        return file

    def of(self, file: UploadFile) -> UploadFile:
        return replace(file, storage_upload_id=self.storage_upload_id, checksums=self.checksums)


def find_file(upload: Upload, path: str, field: str) -> UploadFile:
    """The file of the upload at a path. Raises InvalidInput."""
    found = next((file for file in upload.files if file.path == path), None)
    if found is None:
        raise InvalidInput.of(field, Rule.EXISTS, "is not the path of a file of this upload")
    return found
