"""From the desk to readers and back: publish, publish later, take back, publish an earlier revision again, preview."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any, override
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from kb.desk import read_document, take_stock, write_document
from kb.differences import differences
from kb.document import digest
from kb.draft import preview_address
from kb.edition import current
from kb.models import Article, EditionEntry, PreviewLink, Revision, Scheduled
from kb.models.preview import OPEN_FOR
from kb.publishing import PublishRefused, publish, publish_again
from kb.scheduling import schedule, unschedule
from kb.signin.session import person_of
from kb.withdrawing import unpublish


class PublishForm(forms.Form):
    """What stands beside the publish buttons."""

    note = forms.CharField(
        max_length=200,
        required=False,
        help_text="Why: shown in the history and in the feed of changes.",
        widget=AdminTextInputWidget,
    )
    at = forms.DateTimeField(
        required=False,
        label="Publish later, at",
        help_text="In UTC. Leave empty unless you press “Save and schedule”.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class GoingLive(admin.ModelAdmin):
    """The buttons and pages by which an article reaches readers, or leaves them."""

    actions: tuple[str, ...] = ("publish_selected", "mark_reviewed")

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether this person may put articles before readers, or take them back."""
        return request.user.has_perm("kb.publish_article")

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view
        return [
            path("<int:pk>/unpublish/", page(self.unpublish_view), name="kb_article_unpublish"),
            path("<int:pk>/revert/<int:number>/", page(self.revert_view), name="kb_article_revert"),
            path("<int:pk>/unschedule/", page(require_POST(self.unschedule_view)), name="kb_article_unschedule"),
            path("<int:pk>/preview/", page(require_POST(self.preview_view)), name="kb_article_preview"),
            path("preview/<int:pk>/revoke/", page(require_POST(self.revoke_view)), name="kb_article_revoke"),
            *super().get_urls(),
        ]

    # The buttons of the article's page

    @override
    def response_add(self, request: HttpRequest, obj: Article, post_url_continue: str | None = None) -> HttpResponse:
        return self._respond(request, obj) or super().response_add(request, obj, post_url_continue)

    @override
    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return self._respond(request, obj) or super().response_change(request, obj)

    def _respond(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        """Answer the buttons beyond “Save”. The desk copy is saved by now, so a refusal loses nothing."""
        page = reverse("admin:kb_article_change", args=[article.pk])
        if "_preview" in request.POST:
            return HttpResponseRedirect(self._preview_address(request, article))
        if "_check" in request.POST:
            return HttpResponseRedirect(f"{page}?check=1")
        if "_publish" not in request.POST and "_schedule" not in request.POST:
            return None
        if not self.has_publish_permission(request):
            raise PermissionDenied
        is_done = (
            self._publish_one(request, article) if "_publish" in request.POST else self._schedule(request, article)
        )
        if is_done:
            return HttpResponseRedirect(page)
        typed = {
            name: request.POST[f"publish-{name}"] for name in ("note", "at") if request.POST.get(f"publish-{name}")
        }
        return HttpResponseRedirect(f"{page}?{urlencode({'check': 1, **typed})}")

    def _publish_one(self, request: HttpRequest, article: Article) -> bool:
        form = PublishForm(request.POST, prefix="publish")
        note = form.cleaned_data["note"] if form.is_valid() else request.POST.get("publish-note", "")[:200]
        return self._publish(request, [article], note=note, is_saved=True)

    def _schedule(self, request: HttpRequest, article: Article) -> bool:
        form = PublishForm(request.POST, prefix="publish")
        if not form.is_valid() or form.cleaned_data["at"] is None:
            faults = [str(fault) for fault in form.errors.get("at", ["Say when: choose a day and a time."])]
            messages.error(request, f"Saved, but not scheduled: {' '.join(faults)}")
            return False
        at = form.cleaned_data["at"].replace(tzinfo=UTC)
        try:
            schedule(article, at=at, by=person_of(request), now=timezone.now(), note=form.cleaned_data["note"])
        except PublishRefused as refused:
            _tell_refusal(request, refused, "scheduled", is_saved=True)
            return False
        except ValueError as error:
            messages.error(request, f"Saved, but not scheduled: {error}.")
            return False
        messages.success(
            request, f"Scheduled: readers see it from {at:%B %-d, %Y, %H:%M} UTC. Later changes are not part of it."
        )
        return True

    def _publish(
        self, request: HttpRequest, articles: Sequence[Article], *, note: str = "", is_saved: bool = False
    ) -> bool:
        try:
            revisions = publish(articles, by=person_of(request), now=timezone.now(), note=note)
        except PublishRefused as refused:
            _tell_refusal(request, refused, "published", is_saved=is_saved)
            return False
        _tell_published(request, revisions)
        return True

    # Actions of the list

    @admin.action(description="Publish the selected articles together", permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._publish(request, list(queryset))

    @admin.action(description="Mark as reviewed today", permissions=["change"])
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Set the review date. What had no other change goes live with it, where the person may publish."""
        chosen = list(queryset)
        for article in chosen:
            article.reviewed_on = timezone.now().date()
            article.save(update_fields=["reviewed_on"])
            self.log_change(request, article, "Marked as reviewed.")
            take_stock(article)
        clean = [article for article in chosen if article.state == Article.State.LIVE]
        may_publish = self.has_publish_permission(request)
        if not (clean and may_publish and self._publish(request, clean, note="Reviewed")):
            clean = []
        if len(clean) < len(chosen):
            messages.info(
                request,
                f"{len(chosen) - len(clean)} marked on the desk only: publish them to show readers the new date.",
            )

    # Pages of their own

    def unpublish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once more, say who links here, and take the article from readers."""
        article = self._article(request, pk)
        entry = get_object_or_404(EditionEntry, article=article)
        if request.method == "POST":
            try:
                unpublish(article, by=person_of(request), now=timezone.now(), note=request.POST.get("note", "")[:200])
            except PublishRefused as refused:
                messages.error(
                    request,
                    "Not unpublished: other articles need it. Change and publish them first. "
                    + " • ".join(f"{name}: {problem}" for name, found in refused.problems.items() for problem in found),
                )
                return HttpResponseRedirect(request.path)
            self.log_change(request, article, "Unpublished.")
            messages.success(request, f"Unpublished. {entry.identity} now tells readers that it was taken back.")
            return HttpResponseRedirect(reverse("admin:kb_article_change", args=[pk]))
        context = {
            "backlinks": current().backlinks(entry.identity),
            "scheduled": Scheduled.objects.filter(article=article, refusal="").first(),
        }
        return self._page(request, article, "unpublish", f"Unpublish {article}", context)

    def revert_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Show what would change for readers, ask once more, and publish an earlier revision as a new one."""
        article = self._article(request, pk)
        revision = get_object_or_404(Revision.objects.select_related("article"), article=article, number=number)
        note = request.POST.get("note", "")[:200]
        if request.method == "POST" and self._revert(request, revision, note=note):
            return HttpResponseRedirect(reverse("admin:kb_article_change", args=[pk]))
        live = EditionEntry.objects.filter(article=article).select_related("revision").first()
        on_desk = digest(read_document(article))
        context = {
            "revision": revision,
            "note": note,
            "on_desk": on_desk,
            "is_desk_changed": live is None or on_desk != live.digest,
            "differences": differences(live.revision.document, revision.document) if live else [],
        }
        return self._page(request, article, "revert", f"Revert to revision {number}", context)

    @transaction.atomic
    def _revert(self, request: HttpRequest, revision: Revision, *, note: str) -> bool:
        """Publish it again and let the desk follow, both or neither; whether that was done.

        The desk keeps changes that were never published, unless they were seen and given up.
        """
        article = Article.objects.select_for_update(no_key=True).get(pk=revision.article_id)
        on_desk, gives_up = digest(read_document(article)), "replace" in request.POST
        is_live = EditionEntry.objects.filter(article=article, digest=on_desk).exists()
        if gives_up and on_desk != request.POST.get("on_desk"):
            messages.error(request, "Not reverted: the desk copy was changed after you had opened this page.")
            return False
        try:
            revisions = publish_again(revision, by=person_of(request), now=timezone.now(), note=note)
        except PublishRefused as refused:
            messages.error(request, f"Not reverted: {refused}. Put it on the desk and mend it there.")
            return False
        if is_live or gives_up:
            write_document(revision.document, article)
        self.log_change(request, revision.article, f"Reverted to revision {revision.number}.")
        _tell_published(request, revisions)
        return True

    def unschedule_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        article = self._article(request, pk)
        unschedule(article, by=person_of(request))
        self.log_change(request, article, "Schedule dropped.")
        messages.success(request, "Nothing is scheduled any more. The desk copy is as it was.")
        return HttpResponseRedirect(reverse("admin:kb_article_change", args=[pk]))

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a link that shows the desk copy, and open it."""
        article = get_object_or_404(Article, pk=pk)
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return HttpResponseRedirect(self._preview_address(request, article))

    def _preview_address(self, request: HttpRequest, article: Article) -> str:
        """Where this person's link shows the desk copy; a link that is open for some days yet is used again."""
        now = timezone.now()
        link = PreviewLink.objects.open(now + OPEN_FOR / 2).filter(article=article, made_by=person_of(request)).first()
        if link is None:
            link = PreviewLink.objects.create(
                article=article, made_by=person_of(request), made_at=now, expires_at=now + OPEN_FOR
            )
        return preview_address(link)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        link = get_object_or_404(PreviewLink, pk=pk)
        if not self.has_change_permission(request, link.article):
            raise PermissionDenied
        PreviewLink.objects.open(timezone.now()).filter(pk=pk).update(revoked_at=timezone.now())
        messages.success(request, "The preview link is closed.")
        return HttpResponseRedirect(reverse("admin:kb_article_change", args=[link.article_id]))

    def _article(self, request: HttpRequest, pk: int) -> Article:
        """The article of a page that changes what readers see. Raises PermissionDenied, Http404."""
        if not self.has_publish_permission(request):
            raise PermissionDenied
        return get_object_or_404(Article, pk=pk)

    def _page(
        self, request: HttpRequest, article: Article, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "original": article}
        return TemplateResponse(request, f"admin/kb/article/{name}.html", common | context)


def publish_form(request: HttpRequest) -> PublishForm:
    """The form beside the buttons, with what was typed before a refusal."""
    typed = {name: request.GET[name] for name in ("note", "at") if name in request.GET}
    return PublishForm(request.POST or None, prefix="publish", initial=typed)


def _tell_published(request: HttpRequest, revisions: Sequence[Revision]) -> None:
    if revisions:
        messages.success(request, f"Published: {', '.join(map(str, revisions))}. Readers see it now.")
    else:
        messages.info(request, "Nothing to publish: readers see exactly this already.")


def _tell_refusal(request: HttpRequest, refused: PublishRefused, done: str, *, is_saved: bool) -> None:
    """Say how much there is to mend; the page of an article that was saved lists it, elsewhere it is said here."""
    for identity, found in refused.problems.items():
        count = len(found)
        messages.error(
            request,
            f"{'Saved, but not' if is_saved else 'Not'} {done}: {identity} has {count} fault{'s' * (count != 1)}."
            " Readers still see what they saw before."
            + ("" if is_saved else "".join(f" • {problem}" for problem in found)),
        )
