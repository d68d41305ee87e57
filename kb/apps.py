from typing import override

from django.apps import AppConfig


class KnowledgeBaseConfig(AppConfig):
    name = "kb"
    verbose_name = "Knowledge base"

    @override
    def ready(self) -> None:
        from kb import checks  # noqa: F401  # importing it registers them, and needs the models
