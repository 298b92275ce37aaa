"""A change of definitions on its way to readers, from `apply` to its end, as a person and a schedule see it."""
import json

import pytest
from test_plan_against import MEAN, Station

QUICK = ("--at-least", "1ms", "--bake", "1ms", "--min-entities", "4")
SAME = "aggregation: mean, window: 1h, source_features: [x], formula: 'x * 1.0', expected_change: none"
WRONG = "aggregation: mean, window: 1h, source_features: [x], formula: 'if(x > 38.5, x * 2, x)', expected_change: none"


class District(Station):
    def apply(self, *arguments, code=0, mismatch_max="0.01"):
        return self.command("apply", "--against", "HEAD", "--reason", "better", "--actor", "ann", "--quiet", "--mismatch-max", mismatch_max, *QUICK, *arguments, code=code)

    def rollout(self, verb, *arguments, code=0):
        return self.command("rollout", verb, "--quiet", *arguments, code=code)

    def advance(self, code=0):
        return self.rollout("advance", "--actor", "schedule", "--format", "json", code=code).json()

    def finish(self):
        for _ in range(30):
            found = self.advance()
            if found["status"] != "running":
                return found
        raise AssertionError(found)

    def pointer(self):
        return json.loads((self.folder / ".headrace" / "rollouts" / "dev" / "serving.json").read_text())


@pytest.fixture
def district(binary, tmp_path):
    district = District(binary, tmp_path)
    district.define(MEAN)
    district.commit()
    return district


def test_a_change_that_keeps_its_values_arrives_step_by_step(district):
    district.define(SAME, version="1.1")
    begun = district.apply("--format", "json").json()
    assert (begun["status"], begun["step"], begun["share"]) == ("running", "replay", 0)
    assert district.pointer()["share"] == 0
    done = district.finish()
    assert done["status"] == "done" and district.pointer()["share"] == 1
    shares = [each["share"] for each in done["history"]]
    assert shares == sorted(shares) and {0.25, 0.5, 1} <= set(shares)
    for each in done["history"][1:]:
        assert each["reason"] and each["actor"] == "schedule"
        assert [word["outcome"] for word in each["evidence"] if word.get("feature") == "low"] == ["pass"]
    assert "done" in district.rollout("history").out


def test_a_share_of_too_few_entities_is_shown_to_nobody(district):
    district.define(SAME, version="1.1")
    district.apply()
    assert "canary 1 % as a full shadow" in district.rollout("status").out


def test_what_is_wrong_is_rolled_back_by_itself(district):
    district.define(WRONG, version="1.1")
    district.apply()
    found = district.advance(code=1)
    assert found["status"] == "rolled back" and found["share"] == 0 and district.pointer()["share"] == 0
    assert "equality of `low`" in found["history"][-1]["reason"] and found["history"][-1]["evidence"]
    assert "rolled back" in district.rollout("explain").out
    assert "was rolled back before" in district.apply(code=1).err
    assert district.apply("--again", "--format", "json").json()["id"].endswith("-2")


def test_the_same_plan_again_changes_nothing(district):
    district.define(SAME, version="1.1")
    first = district.apply("--format", "json").json()
    assert district.apply("--format", "json").json()["id"] == first["id"]
    assert len(district.rollout("history").out.splitlines()) == 2


def test_a_stale_plan_is_refused(district):
    district.define(SAME, version="1.1")
    district.apply()
    district.finish()
    district.define(MEAN + ", formula: 'x + 0.0', expected_change: none", version="1.1")
    assert "readers have the definitions" in district.apply(code=1).err


def test_definitions_that_moved_since_are_not_judged(district):
    district.define(SAME, version="1.1")
    district.apply()
    district.define(WRONG, version="1.1")
    found = district.advance()
    assert found["step"] == "replay" and "not those that were applied" in found["held_by"]


def test_a_critical_change_waits_for_somebody_else(district):
    district.define(SAME, version="1.1")
    district.apply("--critical")
    found = district.finish()
    assert found["status"] == "waiting for approval" and found["share"] == 0
    assert "cannot approve it" in district.rollout("approve", "--actor", "ann", "--reason", "mine", code=1).err
    assert "has no reason" in district.rollout("approve", "--actor", "bob", code=2).err
    district.rollout("approve", "--actor", "bob", "--reason", "looked at it")
    assert district.finish()["status"] == "done"


def test_pausing_holds_and_aborting_rolls_back(district):
    district.define(SAME, version="1.1")
    district.apply()
    district.rollout("pause", "--reason", "lunch")
    assert [district.advance()["step"] for _ in range(3)] == ["replay"] * 3
    district.rollout("resume", "--reason", "back")
    assert district.advance()["step"] == "shadow"
    district.rollout("abort", "--reason", "no")
    assert district.pointer()["share"] == 0
    assert "there is no rollout `nosuch`" in district.rollout("status", "nosuch", code=2).err


def test_a_change_that_nobody_could_judge_is_refused_beforehand(district):
    district.define(SAME, version="1.1")
    assert "takes 7" in district.apply(mismatch_max="0.0001", code=1).err
    district.define("aggregation: mean, window: 1h, source_features: [x], formula: 'x * 2'", version="1.1")
    assert "write `expected_change`" in district.apply(code=1).err
    assert "no rollout yet" in district.rollout("status", code=2).err


def test_words_are_nothing_to_roll_out(district):
    district.define(MEAN, about="other words")
    assert "nothing to roll out" in district.command("apply", "--against", "HEAD", "--reason", "words", code=0).err


@pytest.mark.parametrize("name", ["../x", "a/b", "a b", "x" * 65])
def test_names_of_environments_stay_names(district, name):
    assert "cannot be the name of an environment" in district.rollout("status", "--env", name, code=2).err
    assert not (district.folder / ".headrace" / "x").exists()


def test_a_log_that_is_none_is_left_alone(district):
    folder = district.folder / ".headrace" / "rollouts" / "dev"
    folder.mkdir(parents=True)
    (folder / "control.db").write_bytes(b"SQLite format 3\0 and then nonsense " * 40)
    before = (folder / "control.db").read_bytes()
    assert "control.db" in district.rollout("status", code=1).err
    assert (folder / "control.db").read_bytes() == before


def test_an_end_that_the_pointer_missed_is_made_good(district):
    """A program that was killed, or whose disk was full, after it had written the log."""
    district.define(SAME, version="1.1")
    district.apply()
    while district.pointer()["share"] < 0.25:
        district.advance()
    place = district.folder / ".headrace" / "rollouts" / "dev" / "serving.json"
    missed = place.read_text()
    district.rollout("abort", "--reason", "wrong")
    place.write_text(missed)
    assert district.advance()["status"] == "rolled back" and district.pointer()["share"] == 0


def test_what_is_broken_here_hinders_no_abort_and_counts_as_no_evidence(district):
    district.define(SAME, version="1.1")
    district.apply()
    while district.pointer()["share"] < 0.25:
        district.advance()
    text = (district.folder / "project.yaml").read_text()
    (district.folder / "project.yaml").write_text(text + "---\nfeature: {name: broken\n")
    district.advance(code=1)
    assert "cannot be used" in district.rollout("status", "--format", "json").json()["held_by"]
    district.rollout("abort", "--reason", "wrong")
    assert district.pointer()["share"] == 0
