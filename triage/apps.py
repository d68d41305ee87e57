from typing import override

from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "triage"

    @override
    def ready(self) -> None:
        from kb.contents import keep_with_edition
        from triage.reports import tallies_as_of

        keep_with_edition("tallies", tallies_as_of)
