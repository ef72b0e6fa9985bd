"""T12: from the protocol file to a running site in < 60 s, by the commands that a unit types."""

import time

import pytest
from served_site import new_study, served

pytestmark = pytest.mark.journey


def test_protocol_file_becomes_a_running_site_within_60_seconds(tmp_path):
    started = time.perf_counter()

    with served(new_study(tmp_path)) as site:
        seconds = time.perf_counter() - started

    print(f"\nprotocol file to running site: {seconds:.1f} s")
    assert seconds < 60
    assert len(site.links) >= 8
