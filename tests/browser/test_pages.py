"""Every page that a person can reach by links is whole: words, labels, focus, width of a phone."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest
from served_site import new_study, served

import adjuvant.conduct.home as home

pytestmark = pytest.mark.journey
CSS = Path(home.__file__).parent / "static" / "adjuvant" / "adjuvant.css"
ALIKE = 1
"""Pages of one shape (one form, one subject, one person) that are opened for each role."""
LEFT_OUT = re.compile(r"/(training|logout|invitation)/")
LOOK = """() => {
  const shown = e => e.getClientRects().length > 0;
  const wide = document.documentElement.scrollWidth - innerWidth;
  const named = e => (e.labels && e.labels.length) || e.getAttribute('aria-label')
    || e.getAttribute('aria-labelledby');
  return {
    h1: document.querySelectorAll('h1').length,
    title: document.title.split('·')[0].trim(),
    unlabelled: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
      .filter(e => e.type !== 'submit' && !named(e)).map(e => e.name || e.id || e.outerHTML),
    inline: [...document.querySelectorAll('[style], style, script:not([src])')]
      .filter(e => !/json/.test(e.type || '')).map(e => e.outerHTML.slice(0, 80)),
    wide: wide > 0 ? wide : 0,
    low: [...document.querySelectorAll('main button, main a.button')].filter(shown)
      .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.innerText),
    links: [...document.querySelectorAll('a[href]')].map(e => e.href),
  };
}"""
FOCUS = """() => {
  const e = document.activeElement, s = getComputedStyle(e);
  return e !== document.body && s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
}"""


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory):
    """One training site for the file: the crawl only reads."""
    with served(new_study(tmp_path_factory.mktemp("pages"))) as found:
        yield found


def shape(url):
    """The address with its numbers and keys left out: /subjects/S01-001/ is /subjects/#/."""
    path = urlsplit(url).path
    return "/".join("#" if re.search(r"\d", part) else part for part in path.split("/"))


def faults(look, status):
    """What is wrong with one page, in words."""
    found = [] if status == 200 else [f"status {status}"]
    if look["h1"] != 1:
        found.append(f"{look['h1']} headings h1")
    if not look["title"]:
        found.append("no title")
    if look["wide"]:
        found.append(f"{look['wide']} px wider than a phone")
    for name in ("unlabelled", "inline", "low"):
        if look[name]:
            found.append(f"{name}: {look[name]}")
    return found


def crawl(page, start):
    """Open every page reached by links; return address -> faults."""
    failed = pytest.importorskip("playwright.sync_api").Error
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda error: said.append(str(error)))
    seen, alike, waiting, found = set(), Counter(), [start], {}
    while waiting:
        url = waiting.pop(0)
        if url in seen or LEFT_OUT.search(url) or alike[shape(url)] >= ALIKE:
            continue
        seen.add(url)
        said.clear()
        alike[shape(url)] += 1
        try:
            reply = page.goto(url, wait_until="domcontentloaded")
        except failed:  # a file to keep: the browser opens no page for it
            continue
        if "text/html" not in reply.headers.get("content-type", "text/html"):
            continue
        look = page.evaluate(LOOK)
        found[url] = faults(look, reply.status) + [f"console: {text}" for text in said]
        page.keyboard.press("Tab")
        if not page.evaluate(FOCUS):
            found[url].append("keyboard focus is not seen")
        links = (urldefrag(link).url.split("?")[0] for link in look["links"])
        waiting += [link for link in links if link.startswith(start)]
    return found


def luminance(colour):
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_page_that_a_role_reaches_by_links_is_whole(shared_site, open_page):
    wrong = []
    for role, link in shared_site.links.items():
        page = open_page()
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(link)
        pages = crawl(page, shared_site.url)

        assert len(pages) > 1, role
        wrong += [f"{role}: {url}: {fault}" for url, said in pages.items() for fault in said]

    assert not wrong, "\n".join(wrong)


def test_text_of_the_palette_is_read_against_its_ground():
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", CSS.read_text(encoding="utf-8")))
    pairs = [(text, ground) for text in ("ink", "ink-2", "accent", "accent-2", "bad")
             for ground in ("paper", "ground", "line-2", "accent-soft")]  # fmt: skip
    pairs += [(kind, f"{kind}-soft") for kind in ("good", "warn", "bad", "info")]
    pairs += [(text, f"{kind}-soft") for text in ("ink", "accent")
              for kind in ("good", "warn", "bad", "info")]  # fmt: skip
    pairs += [("paper", ground) for ground in ("accent", "accent-2", "bad")]

    low = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}

    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
    assert contrast(colours["focus"], colours["ground"]) >= 3
