"""The three roles as groups: Writers, Editors, Administrators. What each may do is listed in docs/editing.md."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

PARTS = (
    "cause", "costestimate", "fixtime", "flow", "lookalike", "node", "observation", "option", "related", "repairstep",
    "riskfactor", "section", "sign", "source",
)  # fmt: skip
SEEN = (
    "deskentry", "edition", "editionentry", "linkcheck", "previewlink", "redirect", "revision", "scheduled",
    "withdrawal",
)  # fmt: skip

WRITERS = {
    *(f"kb.{action}_article" for action in ("view", "add", "change")),
    *(f"kb.{action}_{part}" for part in PARTS for action in ("view", "add", "change", "delete")),
    *(f"kb.{action}_picture" for action in ("view", "add", "change")),
    *(f"kb.view_{seen}" for seen in SEEN),
}
EDITORS = {
    *WRITERS,
    "kb.delete_article",
    "kb.publish_article",
    "kb.delete_picture",
    *(f"kb.{action}_redirect" for action in ("add", "change", "delete")),
    "kb.view_feedback",
    "kb.view_searchmiss",
    *(f"kb.{action}_synonym" for action in ("view", "add", "change", "delete")),
}
ADMINISTRATORS = {
    *EDITORS,
    *(f"auth.{action}_user" for action in ("view", "add", "change", "delete")),
    "auth.view_group",
    "kb.view_auditentry",
}
ROLES = {"Writers": WRITERS, "Editors": EDITORS, "Administrators": ADMINISTRATORS}


def make_groups(apps, schema_editor):
    """Make the groups. Permissions are rows that Django makes after all migrations, so they are made here before."""
    database = schema_editor.connection.alias
    for label in ("auth", "kb"):
        create_permissions(installed.get_app_config(label), verbosity=0, using=database, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(database).select_related("content_type")
    by_name = {f"{one.content_type.app_label}.{one.codename}": one for one in permissions}
    for name, allowed in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.using(database).get_or_create(name=name)
        group.permissions.add(*(by_name[permission] for permission in sorted(allowed)))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("kb", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
