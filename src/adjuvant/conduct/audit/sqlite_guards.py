"""The guards of one table as SQLite triggers: texts of SQL, no database."""

from collections.abc import Sequence

from adjuvant.conduct.audit.guard_kinds import Guard

__all__ = ["FRAME", "triggers"]

# A written row owes the trail a change: it stands here until the change is written. A row that is
# still here at the commit breaks the deferred key to a table that nothing can enter, and the
# database refuses the commit.
FRAME = {
    "audit_never": "CREATE TABLE audit_never (id INTEGER PRIMARY KEY CHECK (0))",
    "audit_pending": (
        'CREATE TABLE audit_pending ("table" TEXT NOT NULL, "row" TEXT NOT NULL, '
        "never INTEGER NOT NULL DEFAULT 1 CHECK (never = 1) "
        "REFERENCES audit_never (id) DEFERRABLE INITIALLY DEFERRED)"
    ),
}
HEAD_SEQ = "(SELECT coalesce(max(seq), 0) FROM audit_head)"


def triggers(
    guard: Guard, columns: Sequence[str], unique: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Return the triggers of a guarded table, name -> statement.

    columns   all columns of the table.
    unique    its unique sets of columns: INSERT OR REPLACE would delete the row that holds one.
    """
    rules = [*_never_removed(guard, unique), *_changes(guard, columns)]
    if guard.table == "audit_event":
        rules += _event_joins_the_chain()
    if guard.table == "audit_change":
        rules += _change_pays_the_debt()
    if guard.kind == "head_row":
        rules += _head_moves_by_one()
    made = {}
    for name, moment, when, body in rules:
        full = f"guard_{guard.table}_{name}"
        condition = f" WHEN {when}" if when else ""
        made[full] = (
            f'CREATE TRIGGER "{full}" {moment} ON "{guard.table}"{condition} BEGIN {body} END'
        )
    return made


Rule = tuple[str, str, str, str]  # name, moment, condition, body


def _refuse(sentence: str) -> str:
    return f"SELECT RAISE(ABORT, '{sentence}');"


def _owes(table: str, row: str) -> str:
    return f'INSERT INTO audit_pending ("table", "row") VALUES (\'{table}\', CAST({row} AS TEXT));'


def _never_removed(guard: Guard, unique: Sequence[Sequence[str]]) -> list[Rule]:
    rules: list[Rule] = [
        ("delete", "BEFORE DELETE", "", _refuse(f"{guard.table}: rows are never deleted"))
    ]
    for number, names in enumerate([(guard.key,), *unique]):
        same = " AND ".join(f'"{name}" = NEW."{name}"' for name in names)
        taken = f'EXISTS (SELECT 1 FROM "{guard.table}" WHERE {same}'
        sentence = f"{guard.table}: UNIQUE constraint failed: {', '.join(names)}"
        rules.append((f"insert_{number}", "BEFORE INSERT", f"{taken})", _refuse(sentence)))
        if guard.kind != "append_only" and number:
            other = f'{taken} AND "{guard.key}" <> OLD."{guard.key}")'
            rules.append((f"replace_{number}", "BEFORE UPDATE", other, _refuse(sentence)))
    return rules


def _changes(guard: Guard, columns: Sequence[str]) -> list[Rule]:
    if guard.kind == "append_only":
        words = _refuse(f"{guard.table}: rows are written once")
        rules: list[Rule] = [("update", "BEFORE UPDATE", "", words)]
        if not guard.table.startswith("audit_"):
            rules.append(
                ("owes_insert", "AFTER INSERT", "", _owes(guard.table, f'NEW."{guard.key}"'))
            )
        return rules
    if guard.kind == "head_row":
        return []
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns)
    debt = _owes(guard.table, f'NEW."{guard.key}"')
    rules = [("owes_update", "AFTER UPDATE", differs, debt)]
    for name in (guard.key, *guard.frozen):
        changed = f'OLD."{name}" IS NOT NEW."{name}"'
        words = _refuse(f"{guard.table}.{name} never changes once it is written")
        rules.append((f"frozen_{name}", "BEFORE UPDATE", changed, words))
    if guard.kind == "redactable":
        return [*rules, *_only_emptied()]
    return [*rules, ("owes_insert", "AFTER INSERT", "", debt)]


def _only_emptied() -> list[Rule]:
    """A text may vanish, with its salt, in favour of the event that redacts it; nothing else."""
    kept = " AND ".join(
        f'((NEW."{side}" IS OLD."{side}" AND NEW.{side}_salt IS OLD.{side}_salt) '
        f'OR (NEW."{side}" IS NULL AND NEW.{side}_salt IS NULL))'
        for side in ("old", "new")
    )
    by = f"NEW.redacted_by_id IS {HEAD_SEQ} + 1"
    emptied = _refuse("audit_text: a text is only ever emptied, by a redaction")
    late = _refuse("audit_text: a text belongs to the event that is being written")
    mine = f"EXISTS (SELECT 1 FROM audit_change WHERE id = NEW.change_id AND seq = {HEAD_SEQ} + 1)"
    return [
        ("emptied", "BEFORE UPDATE", f"NOT ({kept} AND {by})", emptied),
        ("late", "BEFORE INSERT", f"NEW.redacted_by_id IS NOT NULL OR NOT {mine}", late),
    ]


def _event_joins_the_chain() -> list[Rule]:
    link = "(SELECT hash FROM audit_head)"
    joins = f"NEW.seq IS {HEAD_SEQ} + 1 AND ({link} IS NULL OR NEW.previous_hash IS {link})"
    return [
        ("joins", "BEFORE INSERT", f"NOT ({joins})", _refuse("audit_event: not the next link")),
        ("owes_head", "AFTER INSERT", "", _owes("audit_head", "NEW.seq")),
    ]


def _change_pays_the_debt() -> list[Rule]:
    paid = 'DELETE FROM audit_pending WHERE "table" = NEW."table" AND "row" = NEW."row";'
    return [
        ("late", "BEFORE INSERT", f"NEW.seq IS NOT {HEAD_SEQ} + 1",
         _refuse("audit_change: its event is closed")),
        ("pays", "AFTER INSERT", "NEW.\"table\" <> 'audit_head'", paid),
    ]  # fmt: skip


def _head_moves_by_one() -> list[Rule]:
    complete = (
        "EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash "
        "AND e.changes = (SELECT count(*) FROM audit_change c JOIN audit_text t "
        "ON t.change_id = c.id WHERE c.seq = NEW.seq)"
    )
    wrong = _refuse("audit_head: only the next complete event moves the head")
    paid = (
        "DELETE FROM audit_pending WHERE \"table\" = 'audit_head' "
        'AND "row" = CAST(NEW.seq AS TEXT);'
    )
    first = f"NEW.id = 1 AND NEW.seq = 1 AND {complete})"
    step = (
        f"NEW.id = OLD.id AND NEW.seq = OLD.seq + 1 AND {complete} AND e.previous_hash = OLD.hash)"
    )
    return [
        ("first", "BEFORE INSERT", f"NOT ({first})", wrong),
        ("step", "BEFORE UPDATE", f"NOT ({step})", wrong),
        ("pays_insert", "AFTER INSERT", "", paid),
        ("pays_update", "AFTER UPDATE", "", paid),
    ]


def pending_rules() -> dict[str, str]:
    """Return the triggers of the table of debts: a debt is only paid by its change, never wiped."""
    here = f"seq = {HEAD_SEQ} + 1"
    change = (
        'EXISTS (SELECT 1 FROM audit_change WHERE "table" = OLD."table" AND "row" = OLD."row" '
        f"AND {here})"
    )
    head = (
        "OLD.\"table\" = 'audit_head' AND "
        'EXISTS (SELECT 1 FROM audit_head WHERE seq = CAST(OLD."row" AS INTEGER))'
    )
    words = _refuse("audit_pending: a debt is paid by its change alone")
    return {
        "guard_audit_pending_delete": (
            'CREATE TRIGGER "guard_audit_pending_delete" BEFORE DELETE ON audit_pending '
            f"WHEN NOT ({change} OR ({head})) BEGIN {words} END"
        ),
        "guard_audit_pending_update": (
            'CREATE TRIGGER "guard_audit_pending_update" BEFORE UPDATE ON audit_pending '
            f"BEGIN {words} END"
        ),
    }
