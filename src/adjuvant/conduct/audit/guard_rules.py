"""What the database refuses on a guarded table: rules in SQL that both databases read.

A row that is written owes the trail a change. The debt stands in `audit_pending` until the change
of that row is written, and is wiped by it. A debt that is still there at the commit breaks a
deferred key to a table that nothing can enter, so the database refuses the commit. The same holds
for an event whose head was not moved.

In the conditions, OLD and NEW are the rows of the trigger; `IS DISTINCT FROM` is SQL's comparison
that knows NULL (SQLite spells it IS NOT).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from adjuvant.conduct.audit.guard_kinds import Guard

__all__ = ["Moment", "Rule", "Wanted", "pending_rules", "replace_rules", "rules_of"]

Moment = Literal["BEFORE INSERT", "BEFORE UPDATE", "BEFORE DELETE", "AFTER INSERT", "AFTER UPDATE"]
HEAD = "(SELECT coalesce(max(seq), 0) FROM audit_head)"


@dataclass(frozen=True)
class Rule:
    """At this moment, on this condition ("" = always): refuse with a sentence, or do something."""

    name: str
    moment: Moment
    condition: str = ""
    refuse: str = ""
    do: str = ""


@dataclass(frozen=True)
class Wanted:
    """A guard as the database must show it, and the statement that puts it there."""

    text: str
    statement: str


def rules_of(guard: Guard, columns: Sequence[str]) -> list[Rule]:
    """Return the rules of a guarded table with these columns."""
    table = guard.table
    rules = [Rule("delete", "BEFORE DELETE", refuse=f"{table}: rows are never deleted")]
    if guard.kind == "append_only":
        rules.append(Rule("update", "BEFORE UPDATE", refuse=f"{table}: rows are written once"))
    elif guard.kind != "head_row":
        rules += _frozen(guard)
        rules.append(Rule("owes_update", "AFTER UPDATE", _differs(columns), do=_owes(guard)))
    if not table.startswith("audit_"):
        rules.append(Rule("owes_insert", "AFTER INSERT", do=_owes(guard)))
    own = {
        "audit_event": _event_rules,
        "audit_change": _change_rules,
        "audit_text": _text_rules,
        "audit_head": _head_rules,
    }
    return rules + own.get(table, list)()


def replace_rules(guard: Guard, unique: Sequence[Sequence[str]]) -> list[Rule]:
    """Return the rules against INSERT OR REPLACE, which deletes whichever row holds a key.

    unique   the sets of columns that are unique beside the key.
    """
    rules = []
    for number, names in enumerate([(guard.key,), *unique]):
        same = " AND ".join(f'"{name}" = NEW."{name}"' for name in names)
        taken = f'EXISTS (SELECT 1 FROM "{guard.table}" WHERE {same}'
        # The words that Django and a reader of the log know from the constraint itself.
        words = f"UNIQUE constraint failed: {', '.join(f'{guard.table}.{name}' for name in names)}"
        rules.append(Rule(f"insert_{number}", "BEFORE INSERT", f"{taken})", refuse=words))
        if guard.kind != "append_only" and number:
            other = f'{taken} AND "{guard.key}" <> OLD."{guard.key}")'
            rules.append(Rule(f"replace_{number}", "BEFORE UPDATE", other, refuse=words))
    return rules


def pending_rules() -> list[Rule]:
    """Return the rules of the table of debts: a debt is paid by its change, never wiped."""
    words = "audit_pending: a debt is paid by its change alone"
    change = (
        'EXISTS (SELECT 1 FROM audit_change WHERE "table" = OLD."table" AND "row" = OLD."row" '
        f"AND seq = {HEAD} + 1)"
    )
    head = f'OLD."table" = \'audit_head\' AND OLD."row" = CAST({HEAD} AS TEXT)'
    return [
        Rule("delete", "BEFORE DELETE", f"NOT ({change} OR ({head}))", refuse=words),
        Rule("update", "BEFORE UPDATE", refuse=words),
    ]


def _owes(guard: Guard) -> str:
    return _debt(guard.table, f'NEW."{guard.key}"')


def _debt(table: str, row: str) -> str:
    return f'INSERT INTO audit_pending ("table", "row") VALUES (\'{table}\', CAST({row} AS TEXT));'


def _differs(columns: Sequence[str]) -> str:
    return " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in columns)


def _frozen(guard: Guard) -> list[Rule]:
    return [
        Rule(
            f"frozen_{name}",
            "BEFORE UPDATE",
            f'OLD."{name}" IS DISTINCT FROM NEW."{name}"',
            refuse=f"{guard.table}.{name} never changes once it is written",
        )
        for name in (guard.key, *guard.frozen)
    ]


def _event_rules() -> list[Rule]:
    link = "(SELECT hash FROM audit_head)"
    joins = f"NEW.seq = {HEAD} + 1 AND ({link} IS NULL OR NEW.previous_hash = {link})"
    return [
        Rule("joins", "BEFORE INSERT", f"NOT ({joins})", refuse="audit_event: not the next link"),
        Rule("owes_head", "AFTER INSERT", do=_debt("audit_head", "NEW.seq")),
    ]


def _change_rules() -> list[Rule]:
    closed = "audit_change: its event is closed"
    paid = 'DELETE FROM audit_pending WHERE "table" = NEW."table" AND "row" = NEW."row";'
    return [
        Rule("late", "BEFORE INSERT", f"NEW.seq <> {HEAD} + 1", refuse=closed),
        Rule("pays", "AFTER INSERT", "NEW.\"table\" <> 'audit_head'", do=paid),
    ]


def _text_rules() -> list[Rule]:
    """A text may vanish, with its salt, in favour of the event that redacts it; nothing else."""
    kept = " AND ".join(
        f'((NEW."{side}" IS NOT DISTINCT FROM OLD."{side}" '
        f"AND NEW.{side}_salt IS NOT DISTINCT FROM OLD.{side}_salt) "
        f'OR (NEW."{side}" IS NULL AND NEW.{side}_salt IS NULL))'
        for side in ("old", "new")
    )
    by = f"NEW.redacted_by_id IS NOT DISTINCT FROM {HEAD} + 1"
    mine = f"EXISTS (SELECT 1 FROM audit_change WHERE id = NEW.change_id AND seq = {HEAD} + 1)"
    return [
        Rule("emptied", "BEFORE UPDATE", f"NOT ({kept} AND {by})",
             refuse="audit_text: a text is only ever emptied, by a redaction"),
        Rule("late", "BEFORE INSERT", f"NEW.redacted_by_id IS NOT NULL OR NOT {mine}",
             refuse="audit_text: a text belongs to the event that is being written"),
    ]  # fmt: skip


def _head_rules() -> list[Rule]:
    complete = (
        "EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash "
        "AND e.changes = (SELECT count(*) FROM audit_change c JOIN audit_text t "
        "ON t.change_id = c.id WHERE c.seq = NEW.seq)"
    )
    wrong = "audit_head: only the next complete event moves the head"
    paid = (
        "DELETE FROM audit_pending WHERE \"table\" = 'audit_head' "
        'AND "row" = CAST(NEW.seq AS TEXT);'
    )
    first = f"NEW.id = 1 AND NEW.seq = 1 AND {HEAD} = 0 AND {complete})"
    step = (
        f"NEW.id = OLD.id AND NEW.seq = OLD.seq + 1 AND {complete} AND e.previous_hash = OLD.hash)"
    )
    return [
        Rule("first", "BEFORE INSERT", f"NOT ({first})", refuse=wrong),
        Rule("step", "BEFORE UPDATE", f"NOT ({step})", refuse=wrong),
        Rule("pays_insert", "AFTER INSERT", do=paid),
        Rule("pays_update", "AFTER UPDATE", do=paid),
    ]
