"""Programs with one mistake each: the case files or a short run of the differential fuzzer must notice every one."""
import differential
import program
import pytest
import yaml
from conftest import ROOT

from mutants.build import MutantTree, text_to_edit

MUTANTS = yaml.safe_load((ROOT / "tests" / "mutants" / "mutants.yaml").read_text(encoding="utf-8"))
CASES = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
FUZZ_CASES = 300


@pytest.fixture(scope="module")
def tree():
    tree = MutantTree(ROOT)
    tree.configure()
    return tree


def noticed_by(binary, folder):
    """Who notices that the program is wrong: a list of case files, or the fuzzer's first failing seed."""
    failed = program.failures(binary, CASES, seconds_max=60)
    if failed:
        return sorted(path.rsplit("/", 1)[-1] for path in failed)
    fuzzer = differential.Fuzzer(binary, folder)
    for start in range(1, FUZZ_CASES, differential.BATCH):
        if found := fuzzer.batch(range(start, start + differential.BATCH)):
            return [f"seed {min(found)}"]
    return []


def test_each_mistake_has_its_place():
    for mutant in MUTANTS:
        for edit in mutant["edits"]:
            assert edit["replace"] not in text_to_edit(ROOT, edit)


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m["name"])
def test_mutant_is_caught(tree, tmp_path, mutant):
    binary = tree.build(mutant)
    found = noticed_by(binary, tmp_path)
    print(f"{mutant['name']}: noticed by {', '.join(found)}")
    assert found, f"nothing notices the mutant {mutant['name']}: {mutant['about']}"
