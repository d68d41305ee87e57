"""The picture that goes with a shared link: an article's name as a door plate, on the clinic's line. Pure.

The letters are those that Pillow brings along (Aileron, in the public domain), so that no font has to be installed and
every machine draws the same picture. They cover plain English; a text that they cannot write is left out.
"""

import unicodedata
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630  # pixels; what sites that show links ask for

# The light tokens of static/css/site.css.
PAPER, INK, SOFT, LINE, SOLID = "#ffffff", "#10252b", "#47606a", "#0a5866", "#0a4652"

_MARGIN, _TOP = 80, 64
_PADDING = 50
_RAIL = 12
_STOP = 46
_STOP_AT = (120, 538)
_TITLE_LINES = 3
_SHADES = 15
_NOT_IN_FONT = "\U000f0000"
_AS_WRITTEN = str.maketrans({"–": "-", "—": "-", "\N{NON-BREAKING HYPHEN}": "-", "×": "x", "•": "·"})


def draw(name: str, title: str, site: str) -> bytes:
    """A PNG with `name` on the plate, `title` below it, and `site` on the line."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    _draw_line(pen, _writable(site))
    bottom = _draw_plate(pen, _writable(name))
    _draw_title(pen, _writable(title), bottom)
    file = BytesIO()
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(file, "PNG")
    return file.getvalue()


@cache
def _palette() -> Image.Image:
    """The colors, and the shades towards the paper that smooth edges take: all that the picture needs."""
    shades = [
        Image.blend(Image.new("RGB", (1, 1), PAPER), Image.new("RGB", (1, 1), color), step / _SHADES).tobytes()
        for color in (INK, SOFT, LINE, SOLID)
        for step in range(_SHADES + 1)
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette(b"".join(shades))
    return palette


def _draw_line(pen: ImageDraw.ImageDraw, site: str) -> None:
    x, y = _STOP_AT
    pen.line((0, y, WIDTH, y), LINE, _RAIL)
    pen.circle((x, y), _STOP, PAPER, LINE, _RAIL)
    for across, down in ((20, 0), (0, 20)):
        pen.line((x - across, y - down, x + across, y + down), LINE, _RAIL)
    pen.text((x + _STOP + 24, y + 32), site, SOFT, _font(34), stroke_width=0.5)


def _draw_plate(pen: ImageDraw.ImageDraw, name: str) -> int:
    """Draw the plate as large as it fits; return where it ends, in pixels from the top."""
    if not name:
        return _TOP
    room = WIDTH - 2 * _MARGIN - 2 * _PADDING
    size = next((size for size in (150, 120, 96, 80, 64) if _width(name, size) <= room), 52)
    text, bottom = _wrapped(name, size, room)[0], _TOP + size + 70
    pen.rounded_rectangle((_MARGIN, _TOP, _MARGIN + _width(text, size) + 2 * _PADDING, bottom), 16, SOLID)
    middle = (_MARGIN + _PADDING, (_TOP + bottom) // 2)
    pen.text(middle, text, PAPER, _font(size), anchor="lm", stroke_width=size / 40)
    return bottom


def _draw_title(pen: ImageDraw.ImageDraw, title: str, top: int) -> None:
    size = next((size for size in (60, 50) if len(_wrapped(title, size, WIDTH - 2 * _MARGIN)) <= 2), 42)
    for at, line in enumerate(_wrapped(title, size, WIDTH - 2 * _MARGIN)[:_TITLE_LINES]):
        pen.text((_MARGIN, top + 34 + at * size * 5 // 4), line, INK, _font(size), stroke_width=1)


def _wrapped(text: str, size: int, width: int) -> list[str]:
    """Lines of whole words that are no wider than `width`; a word that is, is cut."""
    lines: list[str] = []
    for word in text.split():
        while _width(word, size) > width:
            word = word[:-1]
        if lines and _width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _writable(text: str) -> str:
    """The text in letters that the font has, accents dropped; empty when it has not all of them."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_AS_WRITTEN))
    plain = " ".join("".join(sign for sign in decomposed if not unicodedata.combining(sign)).split())
    return plain if all(_is_drawn(sign) for sign in plain) else ""


@cache
def _missing() -> bytes:
    return bytes(_font(20).getmask(_NOT_IN_FONT))


def _is_drawn(sign: str) -> bool:
    return sign == " " or (sign.isprintable() and bytes(_font(20).getmask(sign)) != _missing())


def _width(text: str, size: int) -> int:
    return int(_font(size).getlength(text)) + size // 20


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType; install it from a wheel.")
    return font
