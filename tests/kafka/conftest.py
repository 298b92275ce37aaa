import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "flink"), str(TESTS / "serving")]

from servers import KafkaBroker  # noqa: E402


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    with KafkaBroker(tmp_path_factory.mktemp("kafka"), partitions=3) as broker:
        yield broker
