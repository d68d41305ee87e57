"""The two addresses of the Markdown editor, for staff only: a live preview, and uploads of pictures."""

import io
import uuid
from typing import Any, override

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.generic.base import View
from django.views.generic.edit import BaseFormView
from markdownx.views import MarkdownifyView
from PIL import Image, ImageOps

from kb import preview
from kb.soundness import MAX_PROSE

LARGEST_FILE = 4 * 1024 * 1024  # bytes
LARGEST_SIDE = 8_000  # pixels; a larger picture is refused before it is unpacked
STORED_SIDE = 1_600  # pixels; twice the width of a text column
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


class StaffOnly(View):
    """Refuses everybody else with 403: these addresses are asked by scripts, which can't follow a sign-in page."""

    @override
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not (user.is_active and user.is_staff):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class Preview(StaffOnly, MarkdownifyView):
    @override
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        text = request.POST.get("content", "")
        if len(text) > MAX_PROSE:
            return HttpResponse(
                f"<p>This text has {len(text):,} characters; {MAX_PROSE:,} is the most for one part.</p>"
            )
        return HttpResponse(preview.render(text))


class PictureForm(forms.Form):
    """A JPEG, PNG or WebP picture, judged by its content; drawn anew, so that nothing else in the file survives."""

    image = forms.ImageField()

    def clean_image(self) -> Image.Image:
        """The picture, opened. Raises ValidationError that says what is accepted."""
        upload = self.cleaned_data["image"]
        if upload.size > LARGEST_FILE:
            raise ValidationError(
                f"The picture has {upload.size / 1_048_576:.1f} MB; {LARGEST_FILE // 1_048_576} MB is the most."
            )
        upload.seek(0)
        picture = Image.open(upload)
        if picture.format not in FORMATS:
            raise ValidationError("Upload a JPEG, PNG or WebP picture.")
        if max(picture.size) > LARGEST_SIDE:
            raise ValidationError(
                f"The picture is {picture.width} × {picture.height} pixels; {LARGEST_SIDE} a side is the most."
            )
        try:
            ImageOps.exif_transpose(picture, in_place=True)  # unpacks it; a camera's “turn me” is lost later
        except Exception:  # Pillow raises whatever its decoders raise
            raise ValidationError("The picture is damaged. Save it anew and upload it again.") from None
        return picture

    def save(self, commit: bool = True) -> str:
        """Store the picture under a name of ours and return its address."""
        picture: Image.Image = self.cleaned_data["image"]
        kind = picture.format or "PNG"
        drawn = picture.convert("RGB" if kind == "JPEG" else "RGBA")
        drawn.thumbnail((STORED_SIDE, STORED_SIDE))
        drawn.info = {}
        out = io.BytesIO()
        drawn.save(out, kind)
        name = default_storage.save(f"pictures/{uuid.uuid4().hex}.{FORMATS[kind]}", ContentFile(out.getvalue()))
        return default_storage.url(name)


class Upload(StaffOnly, BaseFormView):
    """Answers with the Markdown of the picture, or with what is wrong with it."""

    form_class = PictureForm
    http_method_names = ("post",)

    @override
    def form_valid(self, form: PictureForm) -> HttpResponse:
        return JsonResponse({"image_code": f"![]({form.save()})"})

    @override
    def form_invalid(self, form: PictureForm) -> HttpResponse:
        return JsonResponse(form.errors, status=400)
