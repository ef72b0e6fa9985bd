"""The report of a real trial prints the numbers that R survival 3.5-3 gives for it."""

import re
from html import unescape

import pytest

from adjuvant import Study


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    study = Study.open("moertel1990")

    text = study.report(tmp_path_factory.mktemp("moertel") / "report").read_text()
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.published
@pytest.mark.parametrize(
    ("id", "term", "text"),
    [
        ("A_TTR_KM", "counts", "119 / 304"),
        ("A_TTR_KM", "counts", "177 / 315"),
        ("A_TTR_COX", "hazard_ratio LEV5FU v OBS", "0.60 (0.47–0.76)"),
        ("A_OS_COX", "hazard_ratio LEV5FU v OBS", "0.69 (0.55–0.87)"),
        ("A_TTR_COX", "test", "χ² = 23.06 on 2 df, p < 0.001"),
        ("A_TTR_RMST", "rmst LEV5FU at day 1826", "3.64 (3.43–3.85)"),
    ],
)
def test_efficacy_table_prints_the_reference_number(page, id, term, text):
    cells = re.findall(r'data-result="([^"]*)" data-term="([^"]*)"[^>]*>([^<]*)<', page)

    assert (id, term, text) in [tuple(unescape(x) for x in cell) for cell in cells]


@pytest.mark.published
def test_page_says_replication_follow_up_and_how_it_compares_with_the_papers(page):
    assert "With levamisole + fluorouracil the hazard of recurrence was reduced by 40%" in page
    assert "the hazard of death from any cause was reduced by 31%" in page
    assert "6.44 years (6.33–6.56), that is 2,352 days" in page
    assert "2 of 3 published numbers agree within their tolerance; 1 differs" in page
    assert "was written after the trial" in page
    assert "minimisation" in page
    assert "(assumed here, not stated in the reports)" in page
