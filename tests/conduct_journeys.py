"""Steps that several journeys share: a withdrawal, a transfer signed by both sides."""

from conduct_trial import proved

GOES_ON = dict.fromkeys(("infusions", "visits", "records", "registry", "samples"), "continues")


def withdrawn_from(people, subject, at, *, by="coordinator", on=None, **answers):
    """Record a withdrawal: every part goes on but those named."""
    from adjuvant.conduct.subjects.enrolment import withdraw

    return withdraw(
        subject=subject.number, on=on or at.date(), answers={**GOES_ON, **answers}, by=people[by],
        at=at, reason="she says so",
    )  # fmt: skip


def asked_to_move(people, subject, at, *, to="S02", on=None, by="coordinator"):
    from adjuvant.conduct.subjects.enrolment import ask_transfer

    return ask_transfer(
        subject=subject.number, to_site=to, on=on or at.date(), by=people[by], at=at,
        reason="she moves to another town",
    )  # fmt: skip


def signed_move(people, asked, at, side, by):
    from adjuvant.conduct.subjects.enrolment import sign_transfer

    return sign_transfer(transfer=asked.pk, side=side, by=proved(people[by], at), at=at)


def transferred(people, subject, at):
    """Move a subject from S01 to S02, both principal investigators signing."""
    asked = asked_to_move(people, subject, at)
    signed_move(people, asked, at, "from", "pi")
    signed_move(people, asked, at, "to", "elsewhere_pi")
    subject.refresh_from_db()
    return asked
