"""A record says where it was filled; a subject's site may change; a withdrawal says what was."""

from django.db import migrations, models


def fill_site(apps, _editor):
    """Write into every record the site at which its subject is: nobody was transferred yet."""
    record = apps.get_model("subjects", "Record")
    for row in record.objects.select_related("subject__site").iterator():
        row.site = row.subject.site.code
        row.save(update_fields=["site"])


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("subjects", "0002_enrolment"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="subject", name="subjects_number_at_site"),
        migrations.AddField(
            model_name="record",
            name="site",
            field=models.CharField(max_length=20, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="withdrawal",
            name="was",
            field=models.CharField(max_length=30, default="screening"),
            preserve_default=False,
        ),
        migrations.RunPython(fill_site, migrations.RunPython.noop, elidable=True),
    ]
