from typing import override

from django.apps import AppConfig
from django.core.checks import Tags, register


class KnowledgeBaseConfig(AppConfig):
    name = "kb"
    verbose_name = "Knowledge base"

    @override
    def ready(self) -> None:
        from kb.checks import published_flows  # knows the models, which are there only now

        register(published_flows, Tags.database)
