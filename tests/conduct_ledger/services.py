"""Services as the apps of conduct write them."""

from adjuvant.conduct.audit.entry import service
from adjuvant.core import StepRefused
from conduct_ledger.models import Jar, Weighing


@service("ledger.open_jar")
def open_jar(code, *, entry, by, at, **values):
    entry.subject = code
    return entry.insert(Jar(code=code, **values))


@service("ledger.change_jar")
def change_jar(jar, *, entry, by, at, **values):
    entry.subject = jar.code
    if values.get("owner") == "nobody":
        raise StepRefused("the jar keeps its owner", "nobody may own it", "name a person")
    return entry.change(jar, **values)


@service("ledger.weigh")
def weigh(jar, grams, *, entry, by, at):
    entry.subject = jar.code
    return entry.insert(Weighing(jar=jar, grams=grams))


@service("ledger.write_past_the_entry")
def write_past_the_entry(jar, *, entry, by, at):
    Jar.objects.filter(pk=jar.pk).update(owner="nobody knows")
