import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "flink"), str(TESTS / "serving")]

from subscriptions import PubSub  # noqa: E402


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with PubSub(tmp_path_factory.mktemp("pubsub")) as service:
        yield service
