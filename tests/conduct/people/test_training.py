from datetime import timedelta

from adjuvant.conduct.audit.models import Event
from adjuvant.conduct.people.models import Delegation, Person, Site
from adjuvant.conduct.people.queries import site_is_active
from adjuvant.conduct.people.training import one_time_links


def test_training_opens_two_active_sites_and_prints_a_link_for_each_role(site):
    links = one_time_links()

    assert [s.code for s in Site.objects.all()] == ["S01", "S02"]
    assert all(
        site_is_active(s.code, s.opened_at.date() + timedelta(days=1)) for s in Site.objects.all()
    )
    assert [words for words, _ in links][:3] == [
        "Principal investigator, S01",
        "Investigator, S01",
        "Coordinator, S01",
    ]
    assert len(links) == 9
    assert all(
        "TRAINING" in p.organisation and p.name.startswith("Training") for p in Person.objects.all()
    )
    assert Event.objects.filter(action="people.delegate").count() == 6
    assert Delegation.objects.filter(role="principal_investigator").count() == 2
