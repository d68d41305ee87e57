"""Editors and Administrators see the walks and what readers reported."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations


def let_editors_see(apps, schema_editor):
    database = schema_editor.connection.alias
    create_permissions(installed.get_app_config("triage"), verbosity=0, using=database, apps=apps)
    seen = (
        apps.get_model("auth", "Permission")
        .objects.using(database)
        .filter(content_type__app_label="triage", codename__in=("view_walkcount", "view_outcomereport"))
    )
    for group in apps.get_model("auth", "Group").objects.using(database).filter(name__in=("Editors", "Administrators")):
        group.permissions.add(*seen)


class Migration(migrations.Migration):
    dependencies = [("kb", "0002_roles"), ("triage", "0001_initial")]

    operations = [migrations.RunPython(let_editors_see, migrations.RunPython.noop)]
