"""The language text, its cases and the oracle are this project's files, equal to the common text where that is at hand.

HEADRACE_SPEC names the folder that they are compared with; by default ../shared/spec beside the checkout.
"""
import os
from pathlib import Path

import pytest
from conftest import ROOT

SPEC = Path(os.environ.get("HEADRACE_SPEC", ROOT.parent / "shared" / "spec"))
COPIES = {"feature-language.md": "docs/runtimes/feature-language.md", "oracle/oracle.py": "tests/oracle/oracle.py"}


def test_there_are_cases():
    assert len(list((ROOT / "tests" / "cases").glob("*.yaml"))) >= 10


@pytest.mark.skipif(not SPEC.is_dir(), reason="no common specification beside this checkout")
def test_copies_are_equal():
    copies = COPIES | {f"cases/{p.name}": f"tests/cases/{p.name}" for p in sorted((SPEC / "cases").glob("*.yaml"))}
    different = [ours for theirs, ours in copies.items() if (SPEC / theirs).read_bytes() != (ROOT / ours).read_bytes()]
    assert not different, f"copy them again from {SPEC}"
