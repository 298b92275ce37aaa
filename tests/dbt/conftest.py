"""What the tests of generated dbt projects share: dbt from .venv-dbt, and a profile for a DuckDB file."""
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Dbt:
    """A generated project in `folder`/dbt over the sources in `folder`, with its own database."""

    def __init__(self, program, folder, name):
        self.program, self.folder = program, folder
        profile = f"{name}:\n  target: local\n  outputs:\n    local: {{type: duckdb, path: features.duckdb}}\n"
        (folder / "profiles.yml").write_text(profile, encoding="utf-8")

    def run(self, *command):
        """The exit code, and what was said."""
        environment = os.environ | {"DBT_PROFILES_DIR": str(self.folder), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        command = [self.program, "--no-use-colors", *command, "--project-dir", "dbt"]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def dbt_program():
    """HEADRACE_DBT, else that of .venv-dbt."""
    path = Path(os.environ.get("HEADRACE_DBT", ROOT / ".venv-dbt" / "bin" / "dbt"))
    if not path.exists():
        pytest.fail(f"{path} is not there: make a virtual environment from tests/dbt/requirements.txt")
    return path


@pytest.fixture
def generated(binary, dbt_program):
    """Generates the dbt project of a repository that stands in a folder."""

    def generate(folder, name, *options):
        command = [binary, "generate", "dbt", "--output", "dbt", "--quiet", *options]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return Dbt(dbt_program, folder, name)

    return generate
