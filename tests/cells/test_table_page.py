"""The page that an inspector reads shows the table that decides, line by line."""

from pathlib import Path

import pytest

from adjuvant.cells import BAG, LOT

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "cell-product.md"


def words(text):
    return text.replace("_", " ")


def table(transitions):
    rows = {}
    for t in transitions:
        key = (t.step, t.target, t.roles, t.second, t.facts, t.guards)
        rows.setdefault(key, []).append(t.source)
    lines = ["| from | step | to | who | recorded | asked |", "|---|---|---|---|---|---|"]
    for (step, target, roles, second, facts, guards), sources in rows.items():
        who = " or ".join(words(role) for role in roles)
        who += " + second person" if second else ""
        columns = (", ".join(map(words, sources)), words(step), words(target), who)
        cells = [*columns, ", ".join(map(words, facts)), ", ".join(map(words, guards))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


@pytest.mark.parametrize("transitions", [LOT, BAG], ids=["lot", "bag"])
def test_page_shows_every_line_of_the_table(transitions):
    assert table(transitions) in PAGE.read_text("utf-8"), table(transitions)
