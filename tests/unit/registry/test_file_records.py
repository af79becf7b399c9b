"""The list of an upload's files survives the store, and fits into one item."""

import random
from dataclasses import replace

from functions.registry.file_records import files_of, files_values
from maas.domain.uploads.files import FILES_MAX
from maas.domain.uploads.paths import PATHS_MAX_BYTES
from tests.support.sample_records import UPLOAD_FILE

ITEM_MAX = 400 * 1024


def test_the_files_survive_the_store() -> None:
    plain = replace(UPLOAD_FILE, path="b", storage_upload_id="", checksums=False, object_version="", details={})
    assert files_of(files_values([UPLOAD_FILE, plain])) == (UPLOAD_FILE, plain)


def test_the_longest_list_fits_into_one_item() -> None:
    """The paths, digests and versions have no pattern that could be packed."""
    chance = random.Random(5)
    letters = [chr(code) for code in range(0x4E00, 0x9FFF)]
    name = PATHS_MAX_BYTES // FILES_MAX // 3
    files = [
        replace(
            UPLOAD_FILE,
            path="".join(chance.choices(letters, k=name)),
            sha256=chance.randbytes(32).hex(),
            object_version=chance.randbytes(16).hex(),
            storage_upload_id="u" * 200 if i < 80 else "",
            details={"x": chance.randbytes(55).hex()},
        )
        for i in range(FILES_MAX)
    ]
    values = files_values(files)
    begun = sum(len(path.encode()) + 250 for path in values["begun"])
    assert len(values["packed"]) + begun < ITEM_MAX
