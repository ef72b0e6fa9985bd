from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("ledger", "0001_initial"),)
    operations = (
        migrations.AddField("jar", "lid", models.CharField(default="tight", max_length=20)),
    )
