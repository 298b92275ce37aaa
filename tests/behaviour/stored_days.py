"""Offline stores as their readers see them."""
import json
from pathlib import Path


def stored_days(store):
    """The bytes of each file that the manifest lists."""
    manifest = json.loads((Path(store) / "manifest.json").read_text(encoding="utf-8"))
    return {each["file"]: (Path(store) / each["file"]).read_bytes() for entity in manifest["entities"] for each in entity["partitions"]}
