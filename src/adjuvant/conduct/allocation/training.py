"""The list of a training site: made, sealed and opened by itself, so that practice can begin.

Its key lies beside the site. That is why a training list can never serve patients: it is sealed
for a site whose mode never changes.
"""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from adjuvant.conduct.allocation.models import Sealed
from adjuvant.conduct.allocation.services import open_vault, register_sealed_list
from adjuvant.conduct.audit.actor import Actor
from adjuvant.conduct.people.queries import people_with
from adjuvant.conduct.protocols.queries import latest_version, protocol_of
from adjuvant.core import StepRefused
from adjuvant.protocol import Protocol
from adjuvant.randomisation import (
    Identity,
    SealedFile,
    all_strata,
    checked_ratio,
    factors_of,
    make_list,
    new_identity,
    seal,
    seal_file,
)
from adjuvant.randomisation.stream import SEED_BYTES

__all__ = ["open_training_list"]

NAME = "TRAINING unblinded statistician"


def open_training_list() -> None:
    """Make a training site's list if there is none, and open the vault.

    Raises    StepRefused on a site that is not for training.
    """
    if settings.MODE != "training":
        raise StepRefused("no list is made", "this is not a training site", "seal one")
    version = latest_version()
    now = timezone.now()
    person = people_with("unblinded_statistician", None, timezone.localdate())[0]
    by = Actor(person.number, person.name, person.organisation, source="training", proved_at=now)
    identity = _identity(settings.SITE / "training-list.key")
    if version is not None and not Sealed.objects.exists():
        made = _training_list(protocol_of(version))
        envelope = seal(made.to_bytes(), [identity.recipient])
        register_sealed_list(
            commitment=made.commitment, envelope=envelope, by=by, at=now, reason="TRAINING"
        )
    open_vault(secret=identity.secret_text(), name=identity.name, by=by, at=now, reason="TRAINING")


def _identity(file: Path) -> Identity:
    if file.exists():
        return Identity.parse(file.read_text("utf-8").strip(), NAME)
    made = new_identity(NAME)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(made.secret_text())
    return made


def _training_list(protocol: Protocol) -> SealedFile:
    """Return a list by the protocol's method, long enough for every stratum."""
    plan, factors = protocol.randomisation, factors_of(protocol)
    ratio = checked_ratio(plan.allocation)
    unit = sum(share for _, share in ratio)
    planned = protocol.population.planned or 100
    enough = min(planned, -(-4 * planned // len(all_strata(factors))))
    blocks = {"block_sizes": f"{2 * unit},{3 * unit}"}
    return seal_file(
        make_list(
            protocol.trial.id,
            plan.method,
            ratio=ratio,
            factors=factors,
            seed=secrets.token_bytes(SEED_BYTES),
            slots_per_stratum=0 if plan.method == "minimisation" else enough,
            options=blocks if plan.method == "permuted_blocks" else {},
        )
    )
