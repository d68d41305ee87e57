"""Uploaded pictures: judged by content, drawn anew in two sizes, stored, and taken away when nothing shows them."""

import io
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction
from django.db.models import Q
from PIL import Image, ImageOps, UnidentifiedImageError

from kb.desk import PARTS
from kb.models import Article, Node, Picture, Revision, Scheduled
from kb.models.fields import ProseField
from kb.pictures import FOLDER, Stored, names_in
from kb.publishing import take_turns

LARGEST_FILE = 4 * 1024 * 1024  # bytes
MOST_PIXELS = 24_000_000  # what phones take; more is refused before it is unpacked
STORED_SIDE = 1_600  # pixels; twice the width of a text column
SHARP_UP_TO = 250_000  # bytes; a drawing or screenshot is kept without loss up to here
QUALITY = 82  # of 100, for photos
FORMATS = ("JPEG", "PNG", "WEBP")

_PROSE = {models.CharField, models.TextField, ProseField}


class NotAPicture(ValueError):
    """A file that can't be taken, with a sentence that says why and what to do."""


@dataclass(frozen=True)
class Drawing:
    """The pixels of a picture and nothing else; a photo may lose a little when it is stored, anything else may not."""

    pixels: Image.Image
    is_photo: bool


def draw(upload: UploadedFile) -> Drawing:
    """Open an upload and draw it anew, upright and no larger than a page needs. Raises NotAPicture."""
    size = upload.size or 0
    if size > LARGEST_FILE:
        raise NotAPicture(
            f"The picture has {size / 1_048_576:.1f} MB; {LARGEST_FILE // 1_048_576} MB is the most. Make it smaller."
        )
    try:
        picture = Image.open(upload, formats=FORMATS)
        if picture.width * picture.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        return _drawn(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        million = MOST_PIXELS // 1_000_000
        raise NotAPicture(f"The picture has more than {million} million pixels. Make it smaller.") from None
    except UnidentifiedImageError:
        raise NotAPicture("This can’t be read as a picture. Upload a JPEG, PNG or WebP file.") from None
    except Exception:  # Pillow raises whatever its decoders raise
        raise NotAPicture("The picture is damaged. Save it anew and upload it again.") from None


def _drawn(picture: Image.Image) -> Drawing:
    """Made smaller before anything else, since whatever comes after costs the less memory for it."""
    is_photo = picture.format in {"JPEG", "MPO"}  # MPO: a JPEG with more behind it, as some phones make them
    if picture.mode not in {"RGB", "RGBA", "L", "LA", "CMYK", "YCbCr"}:  # nothing else can be made smaller smoothly
        picture = picture.convert("RGBA")
    picture.thumbnail((STORED_SIDE, STORED_SIDE))
    ImageOps.exif_transpose(picture, in_place=True)  # a camera's “turn me” is not stored
    pixels = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    pixels.info = {}
    return Drawing(pixels, is_photo)


def store(drawing: Drawing, picture: Picture, *, by: AbstractBaseUser | None, now: datetime) -> Picture:
    """Store a drawing in its two sizes, under a name of ours, as this new `picture`."""
    name = Stored(uuid.uuid4().hex, *drawing.pixels.size)
    picture.name, picture.width, picture.height = name.name, name.width, name.height
    picture.size = _write(name, drawing)
    if name.smaller is not None:
        smaller = drawing.pixels.resize((name.smaller.width, name.smaller.height), Image.Resampling.LANCZOS)
        _write(name.smaller, replace(drawing, pixels=smaller))
    picture.uploaded_at = now
    picture.uploaded_by_id = by.pk if by else None
    picture.save(force_insert=True)
    return picture


def _write(name: Stored, drawing: Drawing) -> int:
    content = _encoded(drawing)
    default_storage.save(f"pictures/{name.name}", ContentFile(content))
    return len(content)


def _encoded(drawing: Drawing) -> bytes:
    """WebP: without loss for screenshots and drawings, unless that takes more than a page should cost."""
    out = io.BytesIO()
    drawing.pixels.save(out, "WEBP", lossless=not drawing.is_photo, quality=QUALITY)
    if not drawing.is_photo and out.tell() > SHARP_UP_TO:
        return _encoded(replace(drawing, is_photo=True))
    return out.getvalue()


def used_names() -> set[str]:
    """The names of all pictures that a desk copy, a revision or something scheduled mentions: one query for each model.

    Earlier revisions count too, since they can be read and published again.
    """
    return {name for text in _texts() for name in names_in(text)}


def _texts() -> Iterator[str]:
    written: list[type[models.Model]] = [Article, *(model for _, model in PARTS.values()), Node, Revision, Scheduled]
    for model in written:
        columns = [column.name for column in model._meta.concrete_fields if type(column) in _PROSE]
        mentions = Q(*((f"{column}__contains", FOLDER) for column in columns), _connector=Q.OR)
        for texts in model._default_manager.filter(mentions).values_list(*columns).iterator():
            yield from texts


@transaction.atomic
def remove(pictures: Iterable[Picture]) -> None:
    """Delete those of these pictures that nothing mentions, with their files."""
    take_turns()  # no publish can begin to show one meanwhile
    used = used_names()
    for picture in pictures:
        if picture.name not in used:
            picture.delete()
            transaction.on_commit(partial(_delete_files, picture.name))


def _delete_files(name: str) -> None:
    stored = Stored.at(f"{FOLDER}{name}")
    for one in (stored, stored.smaller if stored else None):
        if one is not None:
            default_storage.delete(f"pictures/{one.name}")
