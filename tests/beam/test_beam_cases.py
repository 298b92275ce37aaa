"""Tests of features through the generated pipeline, by its own steps and by our compiled kernel inside: the project's
cases and a few random repositories."""
import json
import os
import random
import subprocess

import casefile
import pytest
from differential import Reference
from repositories import RepositoryMaker

SEEDS = range(70_000, 70_012)


@pytest.fixture(params=["beam", "beam-native"])
def run_tests(request, binary, beam_python, kernel_folder):
    """Gives what `headrace test --engine ..` says about files; all of them must pass."""

    def run(files):
        command = [binary, "test", "--engine", request.param, "--python", beam_python, "--format", "json", *files]
        environment = os.environ | {"PYTHONPATH": str(kernel_folder)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def test_the_cases_of_the_language(root, run_tests):
    files = sorted((root / "tests" / "cases").rglob("*.yaml"))
    assert run_tests(files)["passed"] == len(files)


def test_engines_beside_each_other(binary, beam_python, pumps):
    """Beam's environment has what the statements in DuckDB need, so one `--python` serves both."""
    command = [binary, "test", "--engine", "batch,beam,sql", "--python", beam_python, "--format", "json"]
    done = subprocess.run(command, cwd=pumps, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["passed"] > 0


def test_random_repositories(run_tests, tmp_path):
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
    assert run_tests(files)["passed"] == len(files)
