"""These tests need packages of their own (requirements.txt here); where they are not installed, nothing is collected.

HEADRACE_SQL_TESTS=1 says that they must be there: then a missing one is an error.
"""
import importlib.util
import os

import pytest

PACKAGES = ["duckdb", "sqlglot", "fakesnow", "snowflake.connector", "google.cloud.bigquery", "ruff", "mypy"]


def is_there(package):
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


missing = [package for package in PACKAGES if not is_there(package)]
if missing and os.environ.get("HEADRACE_SQL_TESTS"):
    raise ModuleNotFoundError(f"tests/sql needs {', '.join(missing)}: see tests/sql/requirements.txt")
collect_ignore_glob = ["test_*.py"] if missing else []


@pytest.fixture(scope="session")
def worker():
    """The case worker as a module."""
    import sql_cases

    return sql_cases.load_worker()
