"""The words on a bag of autologous cells in a trial; their layout is not decided here."""

from collections.abc import Sequence
from datetime import datetime

from adjuvant.cells.identifiers import read_identifier
from adjuvant.core import InvalidInput

__all__ = ["label_words"]


def label_words(
    bag: str,
    *,
    trial: str,
    product: str,
    expires_at: datetime,
    storage: str,
    sponsor: str,
    infections: Sequence[str] | None,
) -> tuple[str, ...]:
    """Return the lines of a bag's label in the order of printing, warnings in capitals.

    infections   agents found in the donor, such as "hepatitis B"; () when fully tested and none
                 was found; None when not, or not completely, evaluated.
    Raises       InvalidInput for an identifier that is not a bag's, a time without zone, an empty
                 text, or an agent without name.

    No name, birth date or hospital number: the bag carries the study's identifiers alone.
    Source       21 CFR 1271.90(c): autologous use; not evaluated; biohazard and the agent where a
                 test is reactive. Trial use: EU 536/2014, annex VI. The protocol's country decides
                 which of them bind; all are printed.

    >>> made = label_words("S01-0042-L03-B02-04-7", trial="CELLS", product="Lymphocytes",
    ...     expires_at=datetime.fromisoformat("2026-03-20T15:00+00:00"), storage="15 to 25 C",
    ...     sponsor="University hospital", infections=["hepatitis B"])
    >>> made[-3:]
    ('FOR CLINICAL TRIAL USE ONLY', 'BIOHAZARD', 'WARNING: REACTIVE TEST RESULTS FOR HEPATITIS B')
    """
    texts = {"trial": trial, "product": product, "storage": storage, "sponsor": sponsor}
    lacking = [name for name, text in texts.items() if not text.strip()]
    if lacking or any(not agent.strip() for agent in infections or ()):
        what = ", ".join(lacking) or "an agent's name"
        raise InvalidInput(f"label of {bag}: {what} is empty; fill it in before printing")
    read = read_identifier(bag)
    if read.kind != "bag":
        raise InvalidInput(f"{bag} is the identifier of a {read.kind}; labels are printed for bags")
    if expires_at.tzinfo is None:
        raise InvalidInput(f"label of {bag}: the expiry has no time zone; give one")
    lines = [
        read.text,
        f"{product} - bag {read.bag} of {read.of}",
        f"Subject {read.subject_text}",
        f"Trial {trial} - {sponsor}",
        f"Expires {expires_at.strftime('%Y-%m-%d %H:%M %Z')}",
        f"Store at {storage}",
        "FOR AUTOLOGOUS USE ONLY",
        "FOR CLINICAL TRIAL USE ONLY",
    ]
    if infections is None:
        lines.append("NOT EVALUATED FOR INFECTIOUS SUBSTANCES")
    elif infections:
        lines.append("BIOHAZARD")
        lines += [f"WARNING: REACTIVE TEST RESULTS FOR {agent.upper()}" for agent in infections]
    return tuple(lines)
