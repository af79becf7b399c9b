"""Archives: what was written is read, and a bad file is refused with one line."""

import errno
import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.archives.manifest import DIGEST, NAME, SCHEMA, ArchiveManifest
from local.archives.progress import Progress
from local.archives.reading import Reader
from local.archives.writing import Writer, created
from local.errors import StackError
from tests.unit.local.archives.parts import FILE, PARTS

Member = tuple[tarfile.TarInfo, bytes]


def problem(file: Path) -> str:
    with pytest.raises(StackError) as refused, Reader.opened(file) as reader:
        reader.verify(Progress())
    assert "\n" not in str(refused.value)
    return str(refused.value)


def rewrite(file: Path, change: Callable[[list[Member]], Any]) -> None:
    """Writes the archive again with changed members."""
    with tarfile.open(file) as tar:
        members = [(member, (tar.extractfile(member) or io.BytesIO()).read()) for member in tar.getmembers()]
    change(members)
    with tarfile.open(file, "w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def change_manifest(members: list[Member], **changes: Any) -> None:
    """Changes the manifest, and its digest with it."""
    manifest = json.loads(members[-2][1]) | changes
    text = json.dumps(manifest).encode()
    members[-2:] = [(tarfile.TarInfo(NAME), text), (tarfile.TarInfo(DIGEST), hashlib.sha256(text).hexdigest().encode())]


def entries(file: Path) -> list[dict[str, Any]]:
    with tarfile.open(file) as tar:
        found = tar.extractfile(NAME)
        assert found is not None
        listed: list[dict[str, Any]] = json.load(found)["entries"]
        return listed


def test_an_archive_returns_what_was_written(archive: Path) -> None:
    with Reader.opened(archive) as reader:
        reader.verify(Progress())
        assert [*reader.items("RegistryTable")] == [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}]
        assert [*reader.items("IdentityTable")] == []
        assert reader.secrets() == {"TokenSecret": {"AWSCURRENT": "x"}}
        [entry] = reader.manifest.objects()
        assert (entry.key, entry.version, entry.headers) == tuple(FILE.values())
        with reader.open(entry) as content:
            assert content.read() == PARTS["objects/000000"]
        assert reader.manifest.user == {"email": "a@example.com", "password": "x"}
        assert reader.manifest.counts == {"models": 1}


def test_only_its_owner_can_read_an_archive(archive: Path) -> None:
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"not a tar", bytes(20_000), b"\x1f\x8b" + bytes(500)])
def test_another_file_is_no_archive(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tar").write_bytes(content)
    assert "is not a backup of MaaS" in problem(tmp_path / "a.tar")


def test_another_tar_is_no_archive(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.add(__file__, "file.py")
    assert "is not a backup of MaaS" in problem(tmp_path / "a.tar")


def test_an_absent_file_or_a_folder_is_refused(tmp_path: Path) -> None:
    assert problem(tmp_path / "absent.tar") == f"{tmp_path}/absent.tar can't be read: No such file or directory"
    assert "can't be read" in problem(tmp_path)


def test_an_archive_that_breaks_off_is_refused_wherever_it_does(archive: Path) -> None:
    whole = archive.read_bytes()
    for size in range(0, len(whole.rstrip(b"\0")), 509):
        archive.write_bytes(whole[:size])
        assert str(archive) in problem(archive)


def test_a_changed_byte_is_found_in_every_entry(archive: Path) -> None:
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        places = [member.offset_data + member.size // 2 for member in tar.getmembers() if member.size]
    for place in places:
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "is damaged" in problem(archive)


def test_a_newer_schema_names_the_release_to_use(archive: Path) -> None:
    rewrite(archive, lambda members: change_manifest(members, schema=SCHEMA + 1, release="9.9"))
    assert problem(archive).endswith(f"knows schemas up to {SCHEMA}: restore it with MaaS 9.9 or newer")


@pytest.mark.parametrize("name", ["../../etc/cron.d/x", "/etc/passwd", "objects/../x", "tables/../../x.jsonl", "other"])
def test_an_entry_of_another_name_is_refused(archive: Path, name: str) -> None:
    def add(members: list[Member]) -> None:
        members.insert(0, (tarfile.TarInfo(name), b"x"))
        entry = {"name": name, "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
        change_manifest(members, entries=[entry, *entries(archive)])

    rewrite(archive, add)
    assert "is damaged" in problem(archive)


@pytest.mark.parametrize("key", ["../x", "models/../../x", "/x", "models//x", "./x"])
def test_an_object_whose_key_leaves_the_bucket_is_refused(archive: Path, key: str) -> None:
    changed = [entry | ({"key": key} if entry["key"] else {}) for entry in entries(archive)]
    rewrite(archive, lambda members: change_manifest(members, entries=changed))
    assert "is damaged" in problem(archive)


def test_entries_that_are_not_listed_twice_there_or_links_are_refused(archive: Path) -> None:
    whole = archive.read_bytes()
    link = tarfile.TarInfo("objects/000000")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    changes: list[Callable[[list[Member]], Any]] = [
        lambda members: members.insert(0, (tarfile.TarInfo("objects/000009"), b"")),
        lambda members: members.insert(0, members[0]),
        lambda members: members.pop(0),
        lambda members: members.__setitem__(0, (link, b"")),
    ]
    for change in changes:
        archive.write_bytes(whole)
        rewrite(archive, change)
        assert "is damaged" in problem(archive)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "1"},
        {"user": None},
        {"user": {"email": "a@example.com", "password": None}},
        {"user": {"email": "a@example.com"}},
        {"stores": {"tables": "oracle"}},
        {"counts": {"models": "1"}},
        {"lost": [5]},
        {"entries": [None]},
        {"colour": "red"},
    ],
)
def test_an_odd_value_of_the_manifest_is_refused(archive: Path, changes: dict[str, Any]) -> None:
    rewrite(archive, lambda members: change_manifest(members, **changes))
    assert "is damaged" in problem(archive)


@pytest.mark.parametrize("headers", [{"Bucket": "other"}, {"ContentType": 5}, {"Metadata": [1]}, None])
def test_an_object_with_odd_headers_is_refused(archive: Path, headers: Any) -> None:
    changed = [{**entry, "headers": headers} for entry in entries(archive)]
    rewrite(archive, lambda members: change_manifest(members, entries=changed))
    assert "is damaged" in problem(archive)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("secrets.json", b"null"),
        ("secrets.json", b"5"),
        ("secrets.json", b'{"TokenSecret": {"AWSCURRENT": 1}}'),
        ("tables/RegistryTable.jsonl", b"[1]\n"),
        ("tables/RegistryTable.jsonl", b'{"pk": "a"}\n'),
        ("tables/RegistryTable.jsonl", b'{"pk": {"S": 5}, "sk": {"S": 5}}\n'),
        ("tables/RegistryTable.jsonl", b'{"pk": {"S": "MODEL#1"}, "sk": {"S": "VERSION#1"}, "artifact": {"M": 5}}\n'),
        ("tables/IdentityTable.jsonl", b"no json\n"),
    ],
)
def test_an_odd_record_with_a_right_digest_is_refused(archive: Path, name: str, content: bytes) -> None:
    def change(members: list[Member]) -> None:
        members[:] = [(member, content if member.name == name else before) for member, before in members]
        about = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        listed = [entry | (about if entry["name"] == name else {}) for entry in entries(archive)]
        change_manifest(members, entries=listed)

    rewrite(archive, change)
    assert "is damaged" in problem(archive)


def test_a_file_that_exists_is_replaced_only_on_request(archive: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(StackError, match="exists already"), created(archive, replace=False):
        pass
    assert archive.read_bytes() == before
    with created(archive, replace=True) as (output, _):
        output.write(b"new")
    assert archive.read_bytes() == b"new"


def test_a_backup_that_fails_leaves_the_old_file_and_nothing_else(archive: Path) -> None:
    before = archive.read_bytes()

    def fill_the_disk() -> None:
        with created(archive, replace=True) as (output, folder):
            output.write(b"half")
            (folder / "tables").write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StackError) as full:
        fill_the_disk()
    assert str(full.value) == f"{archive} can't be written: No space left on device"
    assert archive.read_bytes() == before
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_a_folder_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="can't be written: No such file"), created(tmp_path / "b/a", replace=False):
        pass


def test_a_stream_that_ends_early_fails() -> None:
    writer = Writer(io.BytesIO(), ArchiveManifest(), Progress())
    with pytest.raises(OSError, match="a file can't be read"):
        writer.add("objects/000000", 10, io.BytesIO(b"short"))
