"""The guards as PostgreSQL keeps them: a function and a trigger for each rule, and the grants.

The functions run as the owner of the tables (SECURITY DEFINER), so that the server's role needs
no right on the table of debts but to look at it.
"""

from typing import Any

from adjuvant.conduct.audit.guard_kinds import Guard
from adjuvant.conduct.audit.guard_rules import Rule, Wanted, pending_rules, rules_of

__all__ = ["FRAME", "drop", "expected", "grant", "present"]

FRAME = {
    "audit_never": "CREATE TABLE audit_never (id INTEGER PRIMARY KEY CHECK (false))",
    # Empty between transactions, so that it need not outlive a crash.
    "audit_pending": (
        'CREATE UNLOGGED TABLE audit_pending ("table" TEXT NOT NULL, "row" TEXT NOT NULL, '
        "never INTEGER NOT NULL DEFAULT 1 CHECK (never = 1) "
        "REFERENCES audit_never (id) DEFERRABLE INITIALLY DEFERRED)"
    ),
}
# Tables whose rows end by nature: sessions, log-in state, second factors, throttles; drafts.
LIBRARY = (
    "django_session", "account_", "mfa_", "usersessions_", "socialaccount_", "subjects_draft",
)  # fmt: skip
READ_ONLY = ("django_migrations", "django_content_type", "auth_permission")
KEY = "FOREIGN KEY (never) REFERENCES audit_never(id) DEFERRABLE INITIALLY DEFERRED"
SCHEMA = "current_schema()::regnamespace"


def expected(cursor: Any, guards: list[Guard]) -> dict[str, Wanted]:
    """Return every function and trigger that must stand in the database, by name."""
    made: dict[str, Wanted] = {}
    for guard in guards:
        for rule in rules_of(guard, _columns(cursor, guard.table)):
            made |= _function_and_trigger(guard.table, rule)
        made |= _no_truncate(guard.table)
    for rule in pending_rules():
        made |= _function_and_trigger("audit_pending", rule)
    made |= _no_truncate("audit_pending")
    return {"key of audit_pending": Wanted(KEY, "")} | made


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
        "AND table_schema = current_schema() ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _function_and_trigger(table: str, rule: Rule) -> dict[str, Wanted]:
    name = f"guard_{table}_{rule.name}"
    answer = {"BEFORE DELETE": "OLD", "BEFORE INSERT": "NEW", "BEFORE UPDATE": "NEW"}
    act = rule.do or f"RAISE EXCEPTION '{rule.refuse}' USING ERRCODE = 'check_violation';"
    if rule.condition:
        act = f"IF {rule.condition} THEN {act} END IF;"
    body = f"BEGIN {act} RETURN {answer.get(rule.moment, 'NULL')}; END"
    return _pair(name, body, f"{rule.moment} ON {table} FOR EACH ROW")


def _no_truncate(table: str) -> dict[str, Wanted]:
    act = f"RAISE EXCEPTION '{table}: never truncated' USING ERRCODE = 'check_violation';"
    body = f"BEGIN {act} RETURN NULL; END"
    return _pair(f"guard_{table}_truncate", body, f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT")


def _pair(name: str, body: str, when: str) -> dict[str, Wanted]:
    """A function first, then its trigger; their names must fit PostgreSQL's 63 letters."""
    assert len(name) <= 63, name
    function = (
        f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
        f"SET search_path FROM CURRENT AS $guard${body}$guard$"
    )
    trigger = f'CREATE TRIGGER "{name}" {when} EXECUTE FUNCTION "{name}"()'
    return {
        f"function {name}": Wanted(f"as owner: {body}", function),
        f"trigger {name}": Wanted(f"{when}: {name}", trigger),
    }


def present(cursor: Any) -> dict[str, str]:
    """Return every guard that stands, and works: a trigger that was disabled does not."""
    cursor.execute(
        "SELECT proname, CASE WHEN prosecdef THEN 'as owner: ' ELSE 'as caller: ' END || prosrc "
        f"FROM pg_proc WHERE proname LIKE 'guard!_%' ESCAPE '!' AND pronamespace = {SCHEMA}"
    )
    found = {f"function {name}": text for name, text in cursor.fetchall()}
    cursor.execute(
        "SELECT t.tgname, CASE WHEN t.tgtype & 2 = 2 THEN 'BEFORE' ELSE 'AFTER' END "
        "|| CASE WHEN t.tgtype & 4 = 4 THEN ' INSERT' ELSE '' END "
        "|| CASE WHEN t.tgtype & 8 = 8 THEN ' DELETE' ELSE '' END "
        "|| CASE WHEN t.tgtype & 16 = 16 THEN ' UPDATE' ELSE '' END "
        "|| CASE WHEN t.tgtype & 32 = 32 THEN ' TRUNCATE' ELSE '' END || ' ON ' || c.relname "
        "|| CASE WHEN t.tgtype & 1 = 1 THEN ' FOR EACH ROW' ELSE ' FOR EACH STATEMENT' END "
        "|| coalesce(' WHEN ' || pg_get_expr(t.tgqual, t.tgrelid), '') "
        "|| CASE WHEN t.tgenabled IN ('O', 'A') THEN ': ' ELSE ' (disabled): ' END || p.proname "
        "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        f"WHERE NOT t.tgisinternal AND c.relnamespace = {SCHEMA}"
    )
    found |= {f"trigger {name}": text for name, text in cursor.fetchall()}
    return found | _key_of_debts(cursor)


def _key_of_debts(cursor: Any) -> dict[str, str]:
    """Return the deferred key, if the triggers of PostgreSQL's own that keep it are all at work."""
    cursor.execute(
        "SELECT pg_get_constraintdef(k.oid), (SELECT count(*) FROM pg_trigger t "
        "WHERE t.tgconstraint = k.oid AND t.tgenabled IN ('O', 'A')) FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'f' "
        f"AND c.relname = 'audit_pending' AND c.relnamespace = {SCHEMA}"
    )
    keys = [text if all_at_work == 4 else f"{text} (disabled)" for text, all_at_work in cursor]
    return {"key of audit_pending": "; ".join(keys)} if keys else {}


def drop(cursor: Any) -> None:
    """Take every guard out, triggers before their functions."""
    cursor.execute(
        "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        f"WHERE NOT t.tgisinternal AND c.relnamespace = {SCHEMA}"
    )
    for name, table in cursor.fetchall():
        cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')
    for name in present(cursor):
        if name.startswith("function "):
            cursor.execute(f'DROP FUNCTION "{name.removeprefix("function ")}"()')


def grant(cursor: Any, role: str, tables: list[str], guards: list[Guard]) -> None:
    """Give the server's role what it needs: to read, add and change; to delete in libraries only.

    Of a guarded table it may change what the guard lets pass; of any other, what libraries need.
    """
    kinds = {guard.table: guard.kind for guard in guards}
    name = f'"{role}"'
    cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name}")
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
    cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
    for table in tables:
        cursor.execute(f'GRANT {_rights(table, kinds.get(table))} ON "{table}" TO {name}')


def _rights(table: str, kind: str | None) -> str:
    if table in FRAME or table in READ_ONLY:
        return "SELECT"
    if kind == "append_only":
        return "SELECT, INSERT"
    if kind is not None or not table.startswith(LIBRARY):
        return "SELECT, INSERT, UPDATE"
    return "SELECT, INSERT, UPDATE, DELETE"
