"""The editor for prose: a box with a live preview, a button for pictures, one for links, and the addresses it asks."""

from typing import Any, ClassVar, override

from django.forms import Script
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.generic.base import View
from markdownx.views import MarkdownifyView
from markdownx.widgets import AdminMarkdownxWidget

from kb import preview
from kb.admin.picture import UploadForm
from kb.signin.session import person_of
from kb.soundness import MAX_PROSE
from kb.uploads import store

SIGNED_OUT = "You are signed out. Save, and sign in again: what you typed is then offered to you."


class ProseEditor(AdminMarkdownxWidget):
    """markdownx's box with scripts of ours, which say in a sentence what went wrong and leave the Tab key alone."""

    class Media:
        extend = False
        css: ClassVar = {"all": ["css/admin-prose.css"]}
        js: ClassVar = [
            Script(f"js/prose-{what}.js", type="module") for what in ("preview", "picture", "link", "link-button")
        ]


class StaffOnly(View):
    """Refuses everybody else with a sentence: these addresses are asked by scripts, which can't follow to a sign-in."""

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (request.user.is_active and request.user.is_staff):
            return refused(SIGNED_OUT)
        return super().dispatch(request, *args, **kwargs)


def refused(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=403, content_type="text/plain; charset=utf-8")


class Preview(StaffOnly, MarkdownifyView):
    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        text = request.POST.get("content", "")
        if len(text) > MAX_PROSE:
            return HttpResponse(
                f"<p>This text has {len(text):,} characters; {MAX_PROSE:,} is the most for one part.</p>"
            )
        return HttpResponse(preview.render(text))


class Upload(StaffOnly):
    """Answers with the Markdown of the picture, or with what is wrong with it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("kb.add_picture"):
            return refused("You may not upload pictures. Ask an administrator for the role of a writer.")
        form = UploadForm(request.POST, request.FILES)
        if not form.is_valid():
            return JsonResponse(form.errors, status=400)
        drawing, picture = form.cleaned_data["image"], form.save(commit=False)
        store(drawing, picture, by=person_of(request), now=timezone.now())
        return JsonResponse({"image_code": picture.markdown})
