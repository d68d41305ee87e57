from django.contrib.admin.apps import AdminConfig


class Desk(AdminConfig):
    """Django's admin with a sign-in of our own."""

    default_site = "kb.signin.site.DeskSite"
