"""A change of definitions, held against a revision of git, as a person or CI sees it."""
import subprocess

import pytest
from command import Command

HEAD = "project: {name: station}\n---\nentity: {name: pump, key: id}\n---\n" \
    "source: {name: readings, entity: pump, event_time: at, columns: {x: double}, batch: {format: csv, path: data.csv}}\n"
FEATURE = "---\nfeature: {{name: {name}, description: {about}, owner: team, version: '{version}', {body}}}\n"
MEAN = "aggregation: mean, window: 1h, source_features: [x]"


class Station:
    def __init__(self, binary, folder):
        self.root, self.folder = folder, folder / "station"
        self.folder.mkdir()
        self.command = Command(binary, self.folder)
        self.git("init", "-q")
        rows = [f"{key},2024-03-01T{hour:02}:{minute:02}:00Z,{1 + key + hour / 10}" for hour in range(24) for minute in (0, 30) for key in range(40)]
        (self.folder / "data.csv").write_text("id,at,x\n" + "\n".join(rows) + "\n")

    def git(self, *words):
        subprocess.run(["git", "-C", self.root, "-c", "user.name=t", "-c", "user.email=t@t", *words], check=True, capture_output=True)

    def define(self, body, version="1.0", about="d", more=""):
        self.write(FEATURE.format(name="low", about=about, version=version, body=body) + more)

    def write(self, features):
        (self.folder / "project.yaml").write_text(HEAD + features)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "m")

    def plan(self, *arguments, code=4):
        return self.command("plan", "--against", "HEAD", "--quiet", *arguments, code=code)


@pytest.fixture
def station(binary, tmp_path):
    station = Station(binary, tmp_path)
    station.define(MEAN)
    station.commit()
    return station


def test_nothing_changes(station):
    assert "Nothing changes against HEAD." in station.plan(code=0).out


def test_words_are_no_change_of_values(station):
    station.define(MEAN, about="other words")
    found = station.plan("--format", "json").json()
    assert [(each["feature"], each["kind"], each["reasons"]) for each in found["features"]] == [("low", "metadata", ["description"])]
    assert "values" not in found and found["digest_before"] != found["digest_now"]


def test_values_of_both_are_compared_in_one_pass(station):
    station.define(MEAN + ", formula: 'if(x > 38.5, x * 1000, x)'", version="1.1")
    found = station.plan("--sample", "100%", "--format", "json").json()
    assert [(each["kind"], each["state"]) for each in found["features"]] == [("values changed", "rebuilt")]
    low = found["values"]["features"][0]
    assert (low["rows"], low["keys"], low["keys_differing"]) == (40 * 48, 40, 4)
    # The oracle by hand: means over (t - 1h, t], which is two readings from the second on.
    differing = 0
    for key in range(40):
        values = [1 + key + hour / 10 for hour in range(24) for _ in range(2)]
        differing += sum(any(x > 38.5 for x in values[max(0, i - 1):i + 1]) for i in range(48))
    assert low["differing"] == differing
    assert low["segment"]["of"] == "id" and low["segment"]["value"] in ("38", "39")  # of which all rows differ
    assert low["worst"][0]["key"] == "39"


def test_an_expectation_that_is_broken_is_refused(station):
    station.define(MEAN + ", formula: x + 0.0, expected_change: none", version="1.1")
    assert "all 1,920 values are equal" in station.plan("--sample", "1").out
    station.define(MEAN + ", formula: x * 1.1, expected_change: none", version="1.1")
    assert "`low` is expected to keep its values, and 1920 of 1920 differ" in station.plan("--sample", "1", code=1).out
    station.define(MEAN + ", formula: x * 1.1, expected_change: {mean_shift: [0.09, 0.11]}", version="1.1")
    station.plan("--sample", "1")
    station.define(MEAN + ", formula: x * 1.1, expected_change: {mean_shift: [0.2, 0.3]}", version="1.1")
    assert "the mean of `low` moves by 0.1, and 0.2 to 0.3 is expected" in station.plan("--sample", "1", code=1).out


def test_one_version_has_one_meaning(station):
    station.define(MEAN.replace("1h", "2h"))
    assert "`low` means something else under the same version 1.0: raise it" in station.plan("--no-values", code=1).out


def test_data_that_is_not_there_is_said(station):
    station.define(MEAN.replace("1h", "30m"), version="1.1")
    (station.folder / "data.csv").unlink()
    assert "note: values of pump were not compared" in station.plan().out


def test_hostile_words_of_others(station):
    station.define(MEAN, about="\"<script>x</script>\\e[31m\"")
    station.write((station.folder / "project.yaml").read_text().removeprefix(HEAD).replace("owner: team", 'owner: "<img src=x> @all\\e[2J"'))
    for form, words in (("text", ["\x1b"]), ("markdown", ["<img", "@all", "\x1b"]), ("html", ["<img", "\x1b"])):
        out = station.plan("--format", form).out
        assert not [word for word in words if word in out], form


def test_wrong_use_and_broken_definitions_of_before(station):
    assert "git knows no revision `nosuch`" in station.command("plan", "--against", "nosuch", code=2).err
    assert "is a form of changes" in station.command("plan", "--format", "html", code=2).err
    station.define(MEAN, about="e")
    assert "--sample takes a share" in station.plan("--sample", "0", code=2).err
    station.write("---\nfeature: {nme: x}\n")
    station.commit()
    station.define(MEAN)
    assert "HEAD:station/project.yaml" in station.plan(code=1).err


def test_stores_side_by_side(station):
    station.command("backfill", "--output", "one", "--quiet")
    assert station.command("diff", "one", "one").out.endswith("equal\n")
    station.define(MEAN.replace("1h", "30m"), version="1.1")
    station.command("backfill", "--output", "two", "--quiet")
    found = station.command("diff", "one", "two", "--format", "json", code=4).json()
    assert not found["equal"] and found["tables"][0]["values"]["features"][0]["differing"] > 0
    one = station.command("diff", *(str(next((station.folder / store).rglob("*.parquet"))) for store in ("one", "two")), code=4)
    assert "values differ" in one.out
