"""`adjuvant allocation`: the sealed list, made and verified by the unblinded statistician alone."""

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adjuvant.cli.key import read_identity, read_recipient
from adjuvant.cli.output import print_findings, print_json, say
from adjuvant.core import EnvironmentProblem, InvalidInput, UsageError

if TYPE_CHECKING:
    from adjuvant.protocol import Protocol
    from adjuvant.randomisation import SealedList

__all__ = ["allocation"]

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def allocation() -> None:
    """Make the sealed list, replay allocations, check a digest; each command takes --json.

    For the unblinded statistician, on her own machine.
    """


@allocation.command()
@click.argument("protocol", type=_FILE)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The sealed file.")
@click.option("--recipient", "recipients", type=_FILE, multiple=True, required=True,
              help="Public key file of who may open it; may be given again.")  # fmt: skip
@click.option("--block-sizes", help="Such as 4,6: never written in the protocol, and not shown.")
@click.option("--slots", type=click.IntRange(1, 100_000), help="Slots a stratum (default: enough).")
@click.option("--probability", help="Of minimisation's preferred arm, such as 0.8.")
@click.option("--measure", type=click.Choice(["range", "variance"]), help="Of minimisation.")
@click.option("--import", "imported", type=_FILE, help="A list made elsewhere, as CSV.")
@click.option("--replaces", default=None, help="Digest of the list that this one follows.")
@_JSON
def seal(
    protocol: Path,
    out: Path,
    recipients: tuple[Path, ...],
    block_sizes: str | None,
    slots: int | None,
    probability: str | None,
    measure: str | None,
    imported: Path | None,
    replaces: str | None,
    as_json: bool,
) -> None:
    """Make the list of PROTOCOL, seal it, and print the digest that the protocol publishes."""
    from adjuvant.protocol import read_protocol
    from adjuvant.randomisation import check_list, seal_file
    from adjuvant.randomisation import seal as seal_bytes

    if out.exists():
        raise UsageError(f"{out} exists already; a sealed list is never replaced")
    trial = read_protocol(protocol).protocol
    if imported is not None:
        made = _imported(imported, trial, replaces)
    else:
        options = {"block_sizes": block_sizes, "probability": probability, "measure": measure}
        given = {name: text for name, text in options.items() if text is not None}
        made = _made(trial, given, slots, replaces)
    findings = check_list(made, trial)
    print_findings(findings, to_stderr=True)
    if any(finding.severity == "error" for finding in findings):
        raise InvalidInput("the list was not sealed, because of the errors above")
    sealed = seal_file(made)
    data = seal_bytes(sealed.to_bytes(), [read_recipient(file) for file in recipients])
    _write_new(out, data)
    say(f"Sealed for {len(recipients)} recipient(s) in {out}. Keep the private key elsewhere.")
    if as_json:
        facts = {"file": str(out), "file_commitment": sealed.commitment}
        print_json({"schema": "adjuvant/allocation-seal/1", **facts})
        return
    click.echo(f"file_commitment: {sealed.commitment}")
    say("Write this line into the protocol under randomisation.sealed, then have it signed.")


def _made(
    trial: "Protocol", options: dict[str, str], slots: int | None, replaces: str | None
) -> "SealedList":
    """Return a new list by the protocol's method, with a seed that nobody ever sees."""
    from adjuvant.randomisation import all_strata, checked_ratio, factors_of, make_list
    from adjuvant.randomisation.stream import SEED_BYTES

    method = trial.randomisation.method
    if method == "permuted_blocks" and "block_sizes" not in options:
        raise UsageError("permuted blocks need --block-sizes, such as 4,6")
    factors = factors_of(trial)
    planned = trial.population.planned or 100
    enough = slots or min(planned, -(-4 * planned // len(all_strata(factors))))
    return make_list(
        trial.trial.id,
        method,
        ratio=checked_ratio(trial.randomisation.allocation),
        factors=factors,
        seed=secrets.token_bytes(SEED_BYTES),
        slots_per_stratum=0 if method == "minimisation" else enough,
        options=options,
        replaces=replaces,
    )


def _imported(file: Path, trial: "Protocol", replaces: str | None) -> "SealedList":
    from adjuvant.randomisation import checked_ratio, factors_of
    from adjuvant.randomisation.import_list import import_list

    return import_list(
        file.read_text("utf-8-sig"),
        trial=trial.trial.id,
        ratio=checked_ratio(trial.randomisation.allocation),
        factors=factors_of(trial),
        file=file.name,
        replaces=replaces,
    )


@allocation.command()
@click.option("--identity", type=_FILE, required=True, help="Private key file of the custodian.")
@click.option("--study", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify(ctx: click.Context, identity: Path, study: Path, as_json: bool) -> None:
    """Replay every allocation of a site from its sealed lists; exit 1 where one does not follow."""
    from adjuvant.conduct.server import open_site

    open_site(study)
    from adjuvant.conduct.allocation.replay import replay_site

    replay = replay_site(read_identity(identity))
    if as_json:
        print_json({
            "schema": "adjuvant/allocation-verify/1", "verified": replay.verified,
            "total": replay.total, "faults": list(replay.faults),
        })  # fmt: skip
    else:
        click.echo(f"{replay}.")
        for fault in replay.faults:
            click.echo(f"  {fault}")
    ctx.exit(0 if replay.complete else 1)


@allocation.command()
@click.argument("sealed", type=_FILE)
@click.option("--identity", type=_FILE, required=True, help="Private key file of the custodian.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The opened file.")
@_JSON
def reveal(sealed: Path, identity: Path, out: Path, as_json: bool) -> None:
    """Open a sealed list for everybody, after the trial: list and nonce in clear."""
    from adjuvant.randomisation import open_envelope, read_sealed_file

    data = open_envelope(sealed.read_bytes(), read_identity(identity))
    found = read_sealed_file(data)
    click.confirm(
        f"Whoever reads {out} knows every assignment of the trial. Is recruitment over?",
        abort=True, err=True,
    )  # fmt: skip
    _write_new(out, found.to_bytes())
    if as_json:
        facts = {"file": str(out), "file_commitment": found.commitment}
        print_json({"schema": "adjuvant/allocation-reveal/1", **facts})
        return
    click.echo(f"file_commitment: {found.commitment}")


@allocation.command()
@click.argument("opened", type=_FILE)
@click.argument("digest")
@_JSON
def check(opened: Path, digest: str, as_json: bool) -> None:
    """Check a revealed list against the DIGEST that was published before the first patient."""
    from adjuvant.randomisation import read_sealed_file

    read_sealed_file(opened.read_bytes(), digest)
    if as_json:
        print_json({"schema": "adjuvant/allocation-check/1", "committed": True})
        return
    click.echo("The list is the one that was committed to.")


def _write_new(file: Path, data: bytes) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise EnvironmentProblem(f"{file} cannot be written: {fault.strerror}") from None
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
