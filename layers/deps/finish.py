"""Makes packages small and quick to import: finish.py FOLDER PLACE, run by the Python that will import them from PLACE.

Away goes what nothing of ours reads (measured in docs/decisions/0010-one-layer-a-function.md), in comes bytecode
never compared with its source: a file's time is not kept on the way to Lambda. The same packages give the same bytes.
"""

import compileall
import csv
import py_compile
import shutil
import sys
from pathlib import Path

# botocore describes 400 AWS APIs; the ones that the code calls stay, and the files beside them.
MODELS = {Path("botocore/data"), Path("boto3/data")}
AWS_SERVICES = {"dynamodb", "events", "s3", "secretsmanager", "sesv2", "sqs"}
FOLDERS = {"__pycache__", "bin", "examples", "include", "test", "tests"}
ENDINGS = {".a", ".c", ".cc", ".h", ".hpp", ".pxd", ".pyi", ".pyx"}
# ONNX Runtime as a C library; the extension module beside it contains all of it and never opens it.
FILES = {"libonnxruntime.so.*"}
# Files in which uv records this machine and time.
NOTES = {".lock", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}


def main(folder: Path, place: str) -> None:
    """Raises SystemExit when a module can't be compiled."""
    for path in sorted(folder.rglob("*")):
        if unread(path.relative_to(folder)):
            _remove(path)
    for record in folder.glob("*.dist-info/RECORD"):
        _rewrite(record)
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        maxlevels=50,
        stripdir=folder,
        prependdir=place,  # the path that tracebacks show
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit(f"{folder}: not every module compiles")
    for path in folder.rglob("*"):  # readable by every user, with any umask here
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def unread(path: Path) -> bool:
    """Returns whether no function reads the file or folder, by its path in the layer."""
    if path.parent in MODELS:
        return path.suffix != ".json" and path.name not in AWS_SERVICES
    return path.name in FOLDERS | NOTES or path.suffix in ENDINGS or any(path.match(pattern) for pattern in FILES)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _rewrite(record: Path) -> None:
    """RECORD lists what is there, without the scripts whose hash has this machine's paths in it."""
    folder = record.parent.parent
    with record.open(newline="") as file:
        rows = sorted(row for row in csv.reader(file) if (folder / row[0]).is_file())
    with record.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
