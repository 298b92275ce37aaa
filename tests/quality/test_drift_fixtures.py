"""Writes drift_fixtures.json: distances of binned counts as numpy and scipy give them, for src/quality/profiles/drift_test.cc.

    python tests/quality/test_drift_fixtures.py      # needs scipy: .venv-newcomer has it

Also a test: where scipy is installed, the file is what this would write.
"""

import json
from pathlib import Path

FILE = Path(__file__).with_name("drift_fixtures.json")


def fixtures() -> list[dict]:
    import numpy as np
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import ks_2samp, wasserstein_distance

    random = np.random.default_rng(20)
    made = []
    for index in range(40):
        bins = int(random.integers(1, 32))
        edges = np.sort(random.normal(0, 10 ** float(random.integers(-3, 6)), bins + 1))
        reference = random.poisson(random.gamma(0.7, 40, bins + 2))
        counts = (
            random.poisson(random.gamma(0.7, 40, bins + 2))
            if index % 4
            else reference * 3
        )
        reference[0] += 1
        counts[-1] += 1

        p, q = reference / reference.sum(), counts / counts.sum()
        padded = [
            (each + 0.5) / (each.sum() + 0.5 * len(each))
            for each in (reference, counts)
        ]
        numbers = np.arange(len(p))
        places = np.concatenate(
            [edges[:1], 0.5 * edges[:-1] + 0.5 * edges[1:], edges[-1:]]
        )
        of_bins = ks_2samp(
            np.repeat(numbers, reference), np.repeat(numbers, counts), method="asymp"
        )
        made.append(
            {
                "edges": edges.tolist(),
                "reference": reference.tolist(),
                "counts": counts.tolist(),
                "psi": float(
                    np.sum((padded[1] - padded[0]) * np.log(padded[1] / padded[0]))
                ),
                "ks": float(of_bins.statistic),
                "js": float(jensenshannon(p, q, base=2)),
                "wasserstein": float(wasserstein_distance(places, places, p, q)),
            }
        )
    return made


def test_fixtures_are_those_of_scipy():
    import pytest

    pytest.importorskip("scipy")
    for kept, made in zip(json.loads(FILE.read_text()), fixtures(), strict=True):
        assert kept["counts"] == made["counts"]
        for metric in ("psi", "ks", "js", "wasserstein"):
            assert kept[metric] == pytest.approx(made[metric], rel=1e-12, abs=1e-12)


if __name__ == "__main__":
    FILE.write_text(
        "[\n" + ",\n".join(json.dumps(each) for each in fixtures()) + "\n]\n"
    )
