"""What `make test-flink` measures, as one digest: the generator with its templates, the plan, the kernel's binding, the tests.

The engine inside the kernel is not in it: `make test` compares that in every run.
"""
import hashlib
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "docs" / "reference" / "flink-runs.json"
FOLDERS = ("src/codegen/beam", "src/plan", "python/headrace-kernel/native", "tests/flink")


def digest_of_code(root=ROOT):
    """Over the paths and texts of the files that git knows."""
    listing = subprocess.run(["git", "ls-files", "-z", *FOLDERS], cwd=root, capture_output=True, check=True).stdout.decode()
    digest = hashlib.sha256()
    for name in sorted(filter(None, listing.split("\0"))):
        path = root / name
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else 'gone'}\n".encode())
    return digest.hexdigest()
