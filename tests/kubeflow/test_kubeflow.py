"""The generated pipeline: compiled by kfp, run by its local runner day after day, stopped by a check that fails.

UPDATE_GOLDEN=1 writes the golden files anew.
"""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from stored_days import stored_days

from orchestrated import DAYS, Webhook, assert_clean, break_a_check

GOLDEN = Path(__file__).parent / "golden"


class Runner:
    """Runs the pipeline of a project with kfp's local runner, in which a component is a process."""

    def __init__(self, python, binary, pumps, folder):
        self.python, self.binary, self.pumps, self.folder = python, binary, pumps, folder

    def __call__(self, webhook="", more_settings=None, **parameters):
        settings = {"repository": str(self.pumps), "store": str(self.folder / "store"), "headrace": str(self.binary)} | (more_settings or {})
        project = self.pumps / "kubeflow"
        environment = os.environ | {"PYTHONPATH": str(project), "PATH": f"{self.python.parent}:{os.environ['PATH']}", "HEADRACE_WEBHOOK": webhook}
        command = [str(self.python), str(Path(__file__).parent / "run_locally.py"), str(project), str(self.folder / "root")]
        done = subprocess.run([*command, json.dumps({"settings": settings} | parameters)], env=environment, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    def artifacts(self, name):
        return sorted((self.folder / "root").glob(f"*/*/{name}"))


@pytest.fixture
def runner(kubeflow_python, binary, pumps, tmp_path):
    return Runner(kubeflow_python, binary, pumps, tmp_path)


@pytest.mark.parametrize("name", ["pipeline.py", "README.md", "Dockerfile"])
def test_golden(pumps, name):
    text = (pumps / "kubeflow" / name).read_text(encoding="utf-8")
    path = GOLDEN / f"{name}.expected"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path} differs: look at it, then UPDATE_GOLDEN=1"


def test_code_is_clean(pumps, kubeflow_python):
    assert_clean(kubeflow_python, pumps / "kubeflow")


def test_generated_tests_pass(pumps, kubeflow_python):
    command = [str(kubeflow_python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pipeline.py"]
    done = subprocess.run(command, cwd=pumps / "kubeflow", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compiles_for_the_image_named(pumps, kubeflow_python, tmp_path):
    environment = os.environ | {"HEADRACE_IMAGE": "registry.example/pumps-python:7"}
    for name in ("first.yaml", "second.yaml"):
        command = [str(kubeflow_python), "pipeline.py", "--output", str(tmp_path / name)]
        subprocess.run(command, cwd=pumps / "kubeflow", env=environment, check=True, capture_output=True)
    text = (tmp_path / "first.yaml").read_text()
    assert text == (tmp_path / "second.yaml").read_text()
    assert set(re.findall(r"image: (\S+)", text)) == {"registry.example/pumps-python:7"}
    assert text.count("secretName: headrace-pumping-station") == 3


def test_days_one_after_the_other(runner, online_store):
    """The first day without Feast, the second with it; together the store of one backfill over both."""
    with Webhook() as webhook:
        code, said = runner(webhook.url, day=DAYS[0])
        assert code == 0 and "`feast` is not set" in said, said
        code, said = runner(webhook.url, online_store.settings, scheduled=f"{DAYS[2]}T01:00:00Z")
        assert code == 0 and f"put online: Feast has the values of {DAYS[1]}" in said, said
    assert "pump_efficiency_rolling_24h   range" in said
    assert len(webhook.texts) == 2 and all(text.startswith("pumping-station: ") and text.endswith("SUCCEEDED") for text in webhook.texts)
    assert len(runner.artifacts("code/beam/pipeline.py")) == 1
    assert "| pump_efficiency_rolling_24h | range | error | pass | 1913 | 0 |" in runner.artifacts("table")[1].read_text()
    (definitions,) = runner.artifacts("code/feast/definitions.py")
    online_store.assert_has_newest_values(definitions.parent, runner.folder / "store", DAYS[1])
    direct = [runner.binary, "backfill", "--start", DAYS[0], "--end", DAYS[2], "--output", runner.folder / "direct", "-q"]
    subprocess.run(direct, cwd=runner.pumps, check=True, capture_output=True)
    assert len(stored_days(runner.folder / "direct")) == 2
    assert stored_days(runner.folder / "store") == stored_days(runner.folder / "direct")


def test_a_check_that_fails_stops_the_run_at_quality(runner, tmp_path):
    runner.pumps = shutil.copytree(runner.pumps, tmp_path / "pumps")
    break_a_check(runner.pumps)
    with Webhook() as webhook:
        code, said = runner(webhook.url, day=DAYS[0])
    assert code == 1 and "Inner task failed: " in said and "1 quality checks do not hold: pump_efficiency_rolling_24h: range" in said
    assert [path.parent.name for path in runner.artifacts("executor_output.json")] == ["backfill", "check", "generate", "notify", "pick-day"]
    (text,) = webhook.texts
    assert "FAILED" in text


def test_what_the_program_rejects_fails_at_the_step_that_is_not_tried_again(runner):
    """Kubeflow tries `backfill` again whatever it fails for, so it does not fail for a wrong option."""
    code, said = runner(more_settings={"backfill_options": ["--memory", "much"]}, day=DAYS[0])
    assert code == 1 and "ended with exit code 2: " in said, said
    assert [path.parent.name for path in runner.artifacts("executor_output.json")] == ["backfill", "check", "generate", "notify", "pick-day"]
    code, said = runner(more_settings={"feast": "feast", "targets": ["beam"]}, day=DAYS[0])
    assert code == 1 and "`feast` is set, but `targets` does not have it" in said
    assert "Inner task failed: " in said and "'check'" in said


def test_a_run_without_a_day_says_what_to_set(runner):
    code, said = runner()
    assert code == 1 and "Set the parameter `day`, or `scheduled` for a recurring run" in said


def package_of(library):
    """The Debian package that has a file; packages may list it without /usr."""
    real = os.path.realpath(library)
    for path in (library, real, real.removeprefix("/usr")):
        done = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    raise AssertionError(f"no package has {library}")


def test_the_image_has_the_libraries_of_the_program(binary, pumps):
    """Each library that the program is linked with is Arrow's, C's, or of a package that the Dockerfile installs."""
    if shutil.which("dpkg") is None:
        pytest.skip("dpkg, which knows packages of libraries, is not there")
    dockerfile = (pumps / "kubeflow" / "Dockerfile").read_text()
    linked = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=True).stdout
    packages = {package_of(path) for path in re.findall(r"=> (/\S+)", linked) if "/pyarrow/" not in path}
    assert packages - {"libc6", "libgcc-s1"} <= set(dockerfile.split())
