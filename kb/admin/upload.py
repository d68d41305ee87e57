"""Files from an editor's disk to the desk: first what they would make, then, at a second press, drafts."""

from collections.abc import Sequence
from typing import Any, override

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from kb.differences import Difference, differences
from kb.document import digest
from kb.importing import Draft, read_drafts, write_drafts
from kb.models import Article
from kb.unpacking import LARGEST_TOTAL, MOST_FILES, FilesRefused, TextFile, unpack

LOOKED_AT_FOR = 2 * 60 * 60  # seconds between the two presses
LARGEST_TOKEN = 4_000_000  # characters; below DATA_UPLOAD_MAX_MEMORY_SIZE


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several."""

    widget = SeveralFiles

    @override
    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    """Files as they come from a disk; `texts` are what is in them."""

    chosen = FilesField(
        label="Files",
        help_text=(
            "Plain text in the layout of the model article (.txt), documents (.md), or a .zip of them:"
            f" at most {MOST_FILES} files and {LARGEST_TOTAL // 1_000_000} MB."
        ),
        widget=SeveralFiles(attrs={"accept": ".txt,.md,.zip"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )

    def clean_chosen(self) -> list[TextFile]:
        """The texts in all files. Raises ValidationError with every reason."""
        texts: list[TextFile] = []
        reasons: list[str] = []
        uploads: list[UploadedFile] = self.cleaned_data["chosen"]
        total = sum(upload.size or 0 for upload in uploads)
        if total > LARGEST_TOTAL:
            message = f"These files have {total / 1e6:.1f} MB; {LARGEST_TOTAL / 1e6:.0f} MB is the most for one go."
            raise forms.ValidationError(message)
        for upload in uploads:
            try:
                texts += unpack(upload.name or "", upload.read())
            except FilesRefused as refused:
                reasons += refused.reasons
        if len(texts) > MOST_FILES:
            reasons.append(f"These are {len(texts)} files; {MOST_FILES} is the most for one go.")
        if reasons:
            raise forms.ValidationError(reasons)
        return texts


class Upload(admin.ModelAdmin):
    """The page “Import”. Between its two steps nothing is stored: the texts travel in the form, signed."""

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.import_view)
        return [path("import/", page, name="kb_article_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Choose files, look at what they would make, write drafts."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        if request.method != "POST":
            return self._import_page(request)
        if "looked_at" in request.POST:
            return self._write(request)
        form = UploadForm(request.POST, request.FILES)
        return (
            self._look(request, form.cleaned_data["chosen"])
            if form.is_valid()
            else self._import_page(request, form=form)
        )

    def _look(self, request: HttpRequest, files: list[TextFile], reasons: Sequence[str] = ()) -> HttpResponse:
        """Show what the files would make; `reasons` say why they were not written at once."""
        try:
            drafts = read_drafts(files, now=timezone.now())
        except FilesRefused as refused:
            return self._import_page(request, reasons=refused.reasons)
        token = _sealed(request, drafts)
        if len(token) > LARGEST_TOKEN:
            return self._import_page(request, reasons=["This is too much for one go. Take fewer files."])
        return self._import_page(request, drafts=drafts, looked_at=token, reasons=reasons)

    def _write(self, request: HttpRequest) -> HttpResponse:
        """Write what was looked at, if the desk is still as it was then."""
        try:
            files, seen = _opened(request)
        except FilesRefused as refused:
            return self._import_page(request, reasons=refused.reasons)
        try:
            drafts = read_drafts(files, now=timezone.now())
            _refuse_what_changed(drafts, seen)
            with transaction.atomic():
                written = write_drafts(drafts, discard=request.POST.getlist("discard"))
                self._note(request, drafts, written)
        except FilesRefused as refused:
            return self._look(request, files, refused.reasons)
        changed = [article for draft, article in zip(drafts, written, strict=True) if not draft.is_unchanged]
        names = ", ".join(draft.document.name for draft in drafts if not draft.is_unchanged)
        messages.success(request, f"On the desk now: {names or 'nothing new'}. Readers see nothing of it yet.")
        if len(changed) == 1:
            return HttpResponseRedirect(f"{reverse('admin:kb_article_change', args=[changed[0].pk])}?check=1")
        return HttpResponseRedirect(reverse("admin:kb_article_changelist"))

    def _note(self, request: HttpRequest, drafts: list[Draft], written: list[Article]) -> None:
        for draft, article in zip(drafts, written, strict=True):
            if not draft.is_unchanged:
                log = self.log_addition if draft.is_new else self.log_change
                log(request, article, f"Imported from “{draft.file.name}”.")

    def _import_page(self, request: HttpRequest, *, drafts: Sequence[Draft] = (), **context: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Import",
            "form": UploadForm(),
            "drafts": [(draft, _changes(draft)) for draft in drafts],
            "is_anything_new": any(not draft.is_unchanged for draft in drafts),
            **context,
        }
        return TemplateResponse(request, "admin/kb/article/import.html", context)


def _changes(draft: Draft) -> list[Difference]:
    """The parts that would change on the desk; none for what is new."""
    return differences(draft.present, draft.document) if draft.present else []


def _sealed(request: HttpRequest, drafts: Sequence[Draft]) -> str:
    """The texts, and what the desk held while they were looked at, signed for this person."""
    files = [(draft.file.name, draft.file.text) for draft in drafts]
    seen = {draft.document.identity: digest(draft.present) for draft in drafts if draft.present}
    return signing.dumps([files, seen], salt=_salt(request), compress=True)


def _opened(request: HttpRequest) -> tuple[list[TextFile], dict[str, str]]:
    """What `_sealed` made. Raises FilesRefused when it is too old, or not of this person’s making."""
    try:
        files, seen = signing.loads(request.POST["looked_at"], salt=_salt(request), max_age=LOOKED_AT_FOR)
    except signing.BadSignature:
        raise FilesRefused(["Too much time has passed. Choose the files once more."]) from None
    return [TextFile(name, text) for name, text in files], seen


def _salt(request: HttpRequest) -> str:
    return f"kb.admin.upload.{request.user.pk}"


def _refuse_what_changed(drafts: Sequence[Draft], seen: dict[str, str]) -> None:
    now = {draft.document.identity: digest(draft.present) for draft in drafts if draft.present}
    changed = [draft.name for draft in drafts if now.get(key := draft.document.identity) != seen.get(key)]
    if changed:
        names = ", ".join(changed)
        raise FilesRefused([f"Changed on the desk in the meantime: {names}. Look at the differences again."])
