"""The walks that are drawn in the documentation lead through files that are there, and enter no room twice."""
import re

import pytest

from conftest import ROOT

PAGE = ROOT / "docs" / "explanation" / "three-walks.md"


def walks():
    """Each walk's title with the rooms of its line and the (room, file) of its table's rows."""
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        title, rest = section.split("\n", 1)
        line = re.search(r"^`[^|]*?→[^|]*?`$", rest, flags=re.M)
        stations, room = [], ""
        for first, file in re.findall(r"^\| (?:`([\w/]+)`)? ?\| `([\w.]+)` \|", rest, flags=re.M):
            room = first or room
            stations.append((room, file))
        yield title, re.findall(r"`([\w/]+)`", line[0]), stations


WALKS = list(walks())


def test_there_are_three():
    assert len(WALKS) == 3


@pytest.mark.parametrize("title, line, stations", WALKS, ids=[walk[0] for walk in WALKS])
def test_files_are_there(title, line, stations):
    assert len(stations) > 5
    missing = [f"{room}/{file}" for room, file in stations if not (ROOT / "src" / room / file).is_file()]
    assert not missing, f"{PAGE.name}, {title}: src/ does not have {missing}"


@pytest.mark.parametrize("title, line, stations", WALKS, ids=[walk[0] for walk in WALKS])
def test_no_room_is_entered_twice(title, line, stations):
    visited = [room for place, (room, _) in enumerate(stations) if place == 0 or stations[place - 1][0] != room]
    assert visited == line, f"{PAGE.name}, {title}: the line and the table differ"
    returns = [room for place, room in enumerate(visited) if room in visited[:place]]
    assert not returns, f"{PAGE.name}, {title}: comes back to {returns}"
