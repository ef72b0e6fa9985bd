"""The protocol that the teaching page builds is a protocol, and each step of it can be checked."""

import re
from pathlib import Path

import pytest

from adjuvant.protocol import as_text, check_text, read_protocol_text
from adjuvant.protocol.explain import explain

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "a-protocol-part-by-part.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.S | re.M)


@pytest.mark.journey
def test_the_blocks_of_the_page_make_a_protocol_without_a_finding():
    assert len(BLOCKS) >= 7
    assert [f"{f.place}: {f.message}" for f in check_text("".join(BLOCKS))] == []


@pytest.mark.journey
def test_the_protocol_of_the_page_explains_itself():
    text = as_text(explain(read_protocol_text("".join(BLOCKS))))

    assert "reaches INF1 in its window: 0 to 28 (of 0 to 28)" in " ".join(text.split())


@pytest.mark.parametrize("known", range(1, len(BLOCKS)))
def test_after_each_part_the_checker_asks_for_what_is_to_come_and_never_for_other_keys(known):
    found = check_text("".join(BLOCKS[:known]))

    assert {f.code for f in found} <= {"P013", "P033", "P094", "P099"}
