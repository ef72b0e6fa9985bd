"""A training site and a headless Chromium for every test of this folder."""

import os
import shutil

import pytest
from served_site import new_study, served

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def site(tmp_path):
    """A fresh training site on SQLite."""
    with served(new_study(tmp_path)) as found:
        yield found


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium; the tests that need it skip where there is none.

    It ends with its file of tests: while it lives an event loop runs, and Django refuses to work.
    """
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium must run in CI: apt-get install chromium")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Open a page of a new person: her own cookies, a tablet's size."""
    contexts = []

    def new(**options):
        context = chromium.new_context(viewport={"width": 1024, "height": 768}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    yield new
    for context in contexts:
        context.close()
