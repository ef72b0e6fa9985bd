"""Subjects that are ready to be randomised, and a vault that holds an opened list."""

from contextlib import contextmanager
from pathlib import Path

from adjuvant.randomisation import (
    checked_ratio,
    factors_of,
    make_list,
    new_identity,
    seal,
    seal_file,
)

CONSENT = {"consent_signed": "yes", "consent_date": "2026-08-25", "consent_version": "1.0"}
ELIGIBLE = {
    "age": "61", "ecog": "1", "child_pugh": "A", "days_since_surgery": "20", "metastasis": "no",
    "hiv": "no", "htlv1": "no", "autoimmune": "no", "steroids": "no",
}  # fmt: skip
BASELINE = {
    "sex": "F", "histology": "HCC", "residual": "R0", "tumour_count": "1", "stage": "II",
    "surgery_date": "2026-08-12", "hepatitis": ["NONE"],
}  # fmt: skip
LABS = {"lab_date": "2026-08-25", "haemoglobin": "12.1", "platelets": "160", "bilirubin": "0.8",
        "afp": "4"}  # fmt: skip


def screened(people, now, *, place="S01", by="coordinator", **changed):
    """Return a subject with its screening forms filled; values can be changed."""
    from adjuvant.conduct.subjects.services import add_subject, save_record

    subject = add_subject(site=place, by=people[by], at=now)
    for form, raw in (
        ("consent", CONSENT), ("eligibility", ELIGIBLE), ("baseline", BASELINE), ("labs", LABS),
    ):  # fmt: skip
        values = {**raw, **{k: v for k, v in changed.items() if k in raw}}
        save_record(
            subject=subject.number, visit="SCR", form=form, raw=values, by=people[by], at=now
        )
    return subject


def ready(people, now, *, wristband=None, doctor="investigator", second="nurse", **changed):
    """Return a subject that nothing stands in the way of."""
    from adjuvant.conduct.subjects.enrolment import scan_wristband, sign_eligibility

    subject = screened(people, now, **changed)
    band = wristband or f"H-{subject.number}"
    by = changed.get("by", "coordinator")
    for who in (by, second):
        scan_wristband(subject=subject.number, scanned=band, by=people[who], at=now)
    sign_eligibility(subject=subject.number, by=people[doctor], at=now)
    return subject


def sealed_for(protocol, slots=40, **options):
    """Return identity, sealed file and envelope of a list for a protocol."""
    identity = new_identity("Unblinded statistician")
    made = seal_file(
        make_list(
            protocol.trial.id,
            protocol.randomisation.method,
            ratio=checked_ratio(protocol.randomisation.allocation),
            factors=factors_of(protocol),
            seed=bytes(range(32)),
            slots_per_stratum=0 if protocol.randomisation.method == "minimisation" else slots,
            options=options or {"block_sizes": "4,6"},
        )
    )
    return identity, made, seal(made.to_bytes(), [identity.recipient])


@contextmanager
def opened_vault(people, now, folder: Path, **options):
    """Start a vault, register a list for the protocol in force and open it; yield key and list."""
    from adjuvant.conduct.allocation.services import open_vault, register_sealed_list
    from adjuvant.conduct.allocation.vault_client import start_vault
    from adjuvant.conduct.protocols.queries import latest_version, protocol_of

    identity, made, envelope = sealed_for(protocol_of(latest_version()), **options)
    process = start_vault(folder / "vault.log")
    try:
        who = people["unblinded_statistician"]
        register_sealed_list(commitment=made.commitment, envelope=envelope, by=who, at=now)
        open_vault(secret=identity.secret_text(), name=identity.name, by=who, at=now)
        yield identity, made
    finally:
        process.terminate()
        process.wait(10)
