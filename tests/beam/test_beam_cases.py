"""Tests of features through the generated pipeline: the project's cases and a few random repositories."""
import random
import subprocess

import casefile
from differential import Reference
from repositories import RepositoryMaker

SEEDS = range(70_000, 70_012)


def run_tests(binary, beam_python, files):
    command = [binary, "test", "--engine", "beam", "--python", beam_python, *files]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def test_the_cases_of_the_language(root, binary, beam_python):
    files = sorted((root / "tests" / "cases").glob("*.yaml"))
    done = run_tests(binary, beam_python, files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("pass ") == len(files)


def test_random_repositories(binary, beam_python, tmp_path):
    reference, files = Reference(), []
    for seed in SEEDS:
        case = RepositoryMaker(random.Random(seed)).case() | {"about": f"seed {seed}"}
        path = tmp_path / f"seed-{seed}.yaml"
        casefile.write(case, path)
        answer = reference.answer(path)
        if "expect" in answer:
            casefile.write(case | {"expect": answer["expect"]}, path)
            files.append(path)
    reference.close()
    assert len(files) > len(SEEDS) / 2
    done = run_tests(binary, beam_python, files)
    assert done.returncode == 0, done.stdout + done.stderr
