"""Forms in a real browser: with JavaScript, with a connection that drops, and with none."""

import re

import pytest

pytestmark = pytest.mark.journey


@pytest.fixture
def subject(site, open_page):
    """A fresh subject's page, opened by the coordinator; the browser has the options asked for."""

    def opened(**options):
        page = open_page(**options)
        page.goto(site.links["Coordinator, S01"])
        page.goto(f"{site.url}subjects/add/")
        page.click("main form button.primary")
        return page, page.url

    return opened


def test_field_is_checked_when_left_and_questions_follow_an_answer(subject):
    page, url = subject()
    page.goto(f"{url}SCR/labs/1/fill/")

    page.fill("#i-haemoglobin", "85")
    page.keyboard.press("Tab")
    page.wait_for_selector("#i-haemoglobin-error")
    assert page.evaluate("document.activeElement.id") == "i-haemoglobin-nd"
    page.fill("#i-haemoglobin", "12,5")
    page.keyboard.press("Tab")
    page.wait_for_selector("#i-haemoglobin-error", state="detached")

    page.goto(f"{url}SCR/imaging/1/fill/")
    assert page.query_selector("#q-confirmed_how") is None
    page.check("#i-finding-2")
    page.wait_for_selector("#q-confirmed_how")
    assert page.evaluate("document.activeElement.id") == "i-finding-2"
    page.check("#i-finding")
    page.wait_for_selector("#q-confirmed_how", state="detached")


def test_what_was_typed_survives_a_connection_that_drops(subject, site):
    page, url = subject()
    page.goto(f"{url}SCR/consent/1/fill/")
    page.check("#i-consent_signed")
    with page.expect_response(re.compile(r"\?draft$")):
        page.type("#i-consent_version", "1.")
    assert "Kept as your draft at" in page.inner_text("#draft-state")

    page.context.set_offline(True)
    page.type("#i-consent_version", "0")
    page.context.set_offline(False)
    page.close()
    again = page.context.new_page()
    again.goto(f"{site.url}subjects/")
    again.click("text=Go on")

    assert "You typed this on" in again.inner_text("main")
    assert again.is_checked("#i-consent_signed")
    assert again.input_value("#i-consent_version").startswith("1.")


def test_form_is_filled_corrected_and_told_without_javascript(subject):
    page, url = subject(java_script_enabled=False)
    page.goto(f"{url}SCR/imaging/1/fill/")
    page.fill("#i-imaging_date", "20260820")
    page.check("#i-imaging_method")
    page.check("#i-finding-2")
    page.click("text=Show the questions that follow")
    page.check("#i-recurrence_pattern")
    page.click("main form button.primary")
    assert "Confirmed by: An answer is needed; fill it in." in page.inner_text(".errors-at-top")

    page.check("#i-confirmed_how")
    page.click("main form button.primary")
    assert "Imaging is saved." in page.inner_text("main")
    page.click("main .actions >> text=Correct")
    page.fill("#i-imaging_date", "2026-08-21")
    page.fill("#reason", "read from the wrong line")
    page.click("main form button.primary")
    assert "revision 2" in page.inner_text("main")
    page.click("main .actions >> text=History")

    told = page.inner_text("main")
    assert re.search("2026-08-20.*2026-08-21", told, re.S)
    assert "read from the wrong line" in told
