"""From a new study to the first randomised training patient, by somebody who never saw it."""

import json
import re
import time
import urllib.request
from pathlib import Path

import pytest
from served_site import new_study, prove, served

pytestmark = pytest.mark.journey
LONGEST = 600  # seconds, from the clone's environment to the answer
MOST_CLICKS = 12


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_first_patient_is_randomised_within_twelve_clicks(site, open_page, script):
    began = time.monotonic()
    page, clicks = open_page(java_script_enabled=script), 0

    def click(what):
        nonlocal clicks
        page.click(what)
        clicks += 1

    page.goto(site.links["Investigator, S01"])
    click("text=Look and sign")
    click("main form button.primary")  # sign: asks who she is
    clicks += prove(page)
    click("main form button.primary")  # sign
    click("main .actions a.primary")  # randomise
    click("main form button.primary")  # these values are right

    assert "Allocated to" in page.inner_text("main")
    assert clicks <= MOST_CLICKS
    assert time.monotonic() - began < LONGEST


def test_first_patient_is_randomised_by_keyboard_alone(site, open_page):
    """T17, from eligibility to allocation."""

    page = open_page()
    page.goto(site.links["Investigator, S01"])
    keyed(page, "Look and sign")
    keyed(page, "Sign")
    if "/prove/" in page.url:
        digits = re.search(r"\b(\d{4})\b", page.inner_text("main")).group(1)
        in_a_field = "document.activeElement.tagName == 'INPUT'"
        if not page.evaluate(in_a_field):
            focus_on(page, lambda: page.evaluate(in_a_field))
        page.keyboard.type(digits)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    keyed(page, "Sign")
    keyed(page, "Randomise")
    keyed(page, "These values are right: randomise")

    assert "Allocated to" in page.inner_text("main")


def focus_on(page, reached, most=80):
    """Press Tab until the focus is where it should be."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if reached():
            return
    raise AssertionError("the keyboard does not reach it")


def keyed(page, words):
    """Go to a link or button of the main part by Tab and press Enter."""

    def there():
        return page.evaluate(
            "([words]) => { const e = document.activeElement;"
            " return !!e.closest('main') && e.textContent.trim() === words }", [words]
        )  # fmt: skip

    focus_on(page, there)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_serving_worker_has_loaded_nothing_that_could_compare_the_arms(tmp_path):
    """The blind contract, asked of a worker that has answered requests."""
    told = tmp_path / "modules.json"
    program = (str(Path(__file__).with_name("serve_and_tell.py")),)

    with served(new_study(tmp_path), program, MODULES_TOLD=str(told)) as site:
        for link in site.links.values():
            with urllib.request.urlopen(link) as answer:
                assert answer.status == 200
        time.sleep(1)
        loaded = set(json.loads(told.read_text()))

    blind = ("survival", "analysis", "simulation", "evidence", "report")
    assert "adjuvant.conduct.allocation.views" in loaded
    assert not {name for name in loaded if name.startswith(tuple(f"adjuvant.{b}" for b in blind))}
    assert not {"matplotlib", "scipy.stats", "numba"} & loaded
