from collections.abc import Callable
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from kb.admin.desk import DeskAdmin
from kb.admin.flowdesk.copying import copying_page
from kb.admin.flowdesk.draft import Draft
from kb.admin.flowdesk.outline import outline_page
from kb.admin.flowdesk.stop import stop_page
from kb.admin.flowdesk.taking_out import taking_out_page
from kb.admin.flowdesk.targets import printable
from kb.admin.flowdesk.visit import Visit
from kb.flow import Flow as Graph
from kb.flowedit import begun, key_for
from kb.models import Article, Flow
from kb.numbers import positive
from kb.redrawing import FlowMoved, digest_of, redraw


class BeginForm(forms.Form):
    """A flow with its first question."""

    article = forms.ModelChoiceField(Article.objects.filter(flow=None), empty_label="(choose)")
    text = forms.CharField(label="First question", max_length=200, validators=[printable])


@admin.register(Flow)
class FlowAdmin(DeskAdmin):
    """The flow of an article, drawn: see kb.admin.flowdesk."""

    list_display = ("article", "stops", "start")
    search_fields = ("article__slug", "article__title")

    @override
    def article_of(self, row: Flow) -> Article:
        return row.article

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Flow]:
        return Flow.objects.select_related("article").annotate(stop_count=Count("nodes"))

    @admin.display(description="stops", ordering="stop_count")
    def stops(self, flow: Any) -> int:
        count: int = flow.stop_count
        return count

    @override
    def get_urls(self) -> list[URLPattern]:
        def page(show: Callable[[Visit], HttpResponse]) -> Callable[..., HttpResponse]:
            def view(request: HttpRequest, object_id: str) -> HttpResponse:
                return self._visit(request, object_id, show)

            return self.admin_site.admin_view(view)

        return [
            path("<int:object_id>/outline/", page(outline_page), name="kb_flow_outline"),
            path("<int:object_id>/copy/", page(copying_page), name="kb_flow_copy"),
            path("<int:object_id>/take-out/", page(taking_out_page), name="kb_flow_take_out"),
            *super().get_urls(),
        ]

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._visit(request, object_id, stop_page)

    def _visit(self, request: HttpRequest, object_id: str, show: Callable[[Visit], HttpResponse]) -> HttpResponse:
        flow = self.get_object(request, unquote(str(object_id)))
        if not self.has_view_or_change_permission(request, flow):
            raise PermissionDenied
        if flow is None:
            raise Http404("There is no such flow.")
        try:
            return show(Visit(request, self, Draft.of(flow.article)))
        except Article.DoesNotExist:
            raise Http404("The article was deleted a moment ago.") from None

    @override
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Begin a flow with its first question; `?article=` names whose it is."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        named = positive(request.GET.get("article", ""))
        drawn = Flow.objects.filter(article_id=named).select_related("article").first() if named else None
        if drawn is not None and request.method == "POST":
            return self._lead_to_theirs(request, drawn.article, request.POST.get("text", "").strip())
        if drawn is not None:
            return HttpResponseRedirect(reverse("admin:kb_flow_change", args=[drawn.pk]))
        form = BeginForm(request.POST or None, initial=request.GET.dict())
        if form.is_valid():
            return self._begin(request, **form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Draw a flow",
            "form": form,
        }
        return TemplateResponse(request, "admin/kb/flow/begin.html", context)

    def _begin(self, request: HttpRequest, article: Article, text: str) -> HttpResponse:
        key = key_for(text, (), otherwise="question")
        try:
            redraw(article, Graph(key, (begun("question", key, text=text),)), seen=digest_of(Graph("")))
        except FlowMoved:
            return self._lead_to_theirs(request, article, text)
        self.log_addition(request, Flow.objects.get(article=article), "Began the flow.")
        return self._lead_to(request, article, "Begun. Now write the answers, and choose where each leads.")

    def _lead_to_theirs(self, request: HttpRequest, article: Article, text: str) -> HttpResponse:
        words = f"Somebody else began this flow before you. You asked: “{text}”"
        return self._lead_to(request, article, words, messages.WARNING)

    def _lead_to(
        self, request: HttpRequest, article: Article, words: str, level: int = messages.SUCCESS
    ) -> HttpResponse:
        visit = Visit(request, self, Draft.of(Article.objects.select_related("flow").get(pk=article.pk)))
        visit.tell(words, level)
        return visit.go(visit.draft.address())
