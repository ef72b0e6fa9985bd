from django.db import models


class Jar(models.Model):
    code = models.CharField(max_length=20, unique=True)
    owner = models.CharField(max_length=100, blank=True)
    grams = models.DecimalField(max_digits=9, decimal_places=3, null=True)
    share = models.FloatField(null=True)
    full = models.BooleanField(default=False)
    filled_on = models.DateField(null=True)
    seen_at = models.DateTimeField(null=True)
    values = models.JSONField(default=dict)
    photo = models.BinaryField(null=True)
    lid = models.CharField(max_length=20, default="tight")  # came with the second migration


class Weighing(models.Model):
    jar = models.ForeignKey(Jar, models.PROTECT)
    grams = models.DecimalField(max_digits=9, decimal_places=3)
