"""From "Add a subject" to the allocation without JavaScript: three people, each at her own page."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from served_site import prove

pytestmark = pytest.mark.journey
ANSWERS = {
    "consent": {"consent_signed": "yes", "consent_date": 1, "consent_version": "1.0"},
    "eligibility": {
        "age": "61", "ecog": "1", "child_pugh": "A", "days_since_surgery": "20",
        "metastasis": "no", "hiv": "no", "htlv1": "no", "autoimmune": "no", "steroids": "no",
    },
    "baseline": {
        "sex": "F", "histology": "HCC", "residual": "R0", "tumour_count": "1", "stage": "II",
        "surgery_date": 20, "hepatitis": "NONE",
    },
    "labs": {"lab_date": 1, "haemoglobin": "12.1", "platelets": "160", "bilirubin": "0.8",
             "afp": "4"},
}  # fmt: skip


def looked_at(page, name):
    """Keep a picture of the page where PICTURES names a folder, to be looked at by a person."""
    if os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(os.environ["PICTURES"]) / f"{name}.png"), full_page=True)


def fill(page, site, number, form):
    page.goto(f"{site.url}subjects/{number}/SCR/{form}/1/fill/")
    for name, answer in ANSWERS[form].items():
        field = page.locator(f"main [name={name}]:not([type=hidden])").first
        if isinstance(answer, int):
            field.fill(str((datetime.now(UTC) - timedelta(days=answer)).date()))
        elif field.get_attribute("type") in ("radio", "checkbox"):
            page.check(f"main [name={name}][value='{answer}']")
        elif field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(answer)
        else:
            field.fill(answer)
    looked_at(page, f"fill-{form}")
    page.click("main form button.primary")
    assert f"/SCR/{form}/1/" in page.url
    assert "is saved" in page.inner_text("main"), page.inner_text("main")


def scan(page, site, number, role):
    page.goto(site.links[role])
    page.goto(f"{site.url}subjects/{number}/wristband/")
    page.fill("#scanned", "H-90211")
    looked_at(page, "wristband")
    page.click("main form button.primary")
    return page.inner_text("main")


def test_three_people_bring_a_subject_to_its_allocation_without_javascript(site, open_page):
    coordinator, second, doctor = (open_page(java_script_enabled=False) for _ in range(3))
    coordinator.goto(site.links["Coordinator, S01"])
    coordinator.goto(f"{site.url}subjects/add/")
    coordinator.click("main form button.primary")
    number = coordinator.url.rstrip("/").rsplit("/", 1)[1]
    looked_at(coordinator, "subject")
    for form in ANSWERS:
        fill(coordinator, site, number, form)
    coordinator.goto(f"{site.url}subjects/{number}/wristband/")
    coordinator.fill("#scanned", "H-90211")
    coordinator.click("main form button.primary")
    assert "A second person scans it" in coordinator.inner_text("main")
    looked_at(coordinator, "enrol-open")
    assert "is bound to" in scan(second, site, number, "Principal investigator, S01")

    doctor.goto(site.links["Investigator, S01"])
    doctor.goto(f"{site.url}subjects/{number}/eligibility/")
    looked_at(doctor, "eligibility")
    doctor.click("main form button.primary")
    prove(doctor)
    if "Eligibility is signed" not in doctor.inner_text("main"):
        doctor.click("main form button.primary")
    looked_at(doctor, "enrol-ready")
    doctor.click("main .actions a.primary")
    prove(doctor)
    looked_at(doctor, "randomise")
    doctor.click("main form button.primary")
    assert "Allocated to" in doctor.inner_text("main")
    looked_at(doctor, "answer")

    doctor.goto(f"{site.url}subjects/{number}/")
    assert "Randomised" in doctor.inner_text("main")
    for name in ("withdraw", "transfer", "enrol"):
        doctor.goto(f"{site.url}subjects/{number}/{name}/")
        looked_at(doctor, f"after-{name}")
    for name in ("", "screening/", "identities/"):
        doctor.goto(f"{site.url}subjects/{name}")
        looked_at(doctor, f"list-{name.strip('/')}")
