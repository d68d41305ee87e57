import contextlib
import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import unpacking
from kb.unpacking import FilesRefused, TextFile, unpack


def a_zip(**files: bytes | str) -> bytes:
    """A zip with these files; `__` in a name stands for a dot."""
    return zipped({name.replace("__", "."): content for name, content in files.items()})


def zipped(files: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return held.getvalue()


def reasons(name: str, content: bytes) -> list[str]:
    with pytest.raises(FilesRefused) as refused:
        unpack(name, content)
    return refused.value.reasons


def encrypted(content: bytes) -> bytes:
    """The same zip with the flag of encryption set at its first entry."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + struct.pack("<H", 1) + content[at + 10 :]


def test_a_text_is_decoded_without_its_byte_order_mark() -> None:
    assert unpack("a.txt", b"\xef\xbb\xbfCaf\xc3\xa9\r\n") == [TextFile("a.txt", "Café\r\n")]


def test_all_files_of_a_zip_are_taken_and_what_systems_add_is_left_out() -> None:
    content = zipped(
        {
            "one.txt": "One",
            "deep/two.MD": "Two",
            "deep/": "",
            "__MACOSX/one.txt": "x",
            ".DS_Store": "x",
            "._one.txt": b"\x00",
        }
    )

    assert unpack("all.ZIP", content) == [TextFile("one.txt", "One"), TextFile("deep/two.MD", "Two")]
    assert [file.is_document for file in unpack("all.zip", content)] == [False, True]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.docx", b"PK", "“a.docx” is neither a .txt, an .md nor a .zip file. Save it as plain text first."),
        ("a", b"text", "“a” is neither a .txt, an .md nor a .zip file. Save it as plain text first."),
        ("a.txt", b"", "“a.txt” is empty."),
        ("a.txt", b" \n\t\n", "“a.txt” is empty."),
        ("a.txt", b"one\ntwo \xe9", "“a.txt” is not UTF-8 text (line 2). Save it again with the encoding UTF-8."),
        ("a.txt", "text".encode("utf-16"), "“a.txt” is text in UTF-16. Save it again with the encoding UTF-8."),
        ("a.txt", b"GIF\x00\x01", "“a.txt” is not text, but a binary file."),
        ("a.txt", b"x" * 20_000_000, "“a.txt” has 20.0 MB; 1 MB is the most."),
        ("a.zip", b"PK\x03\x04 no zip", "“a.zip” is damaged, or no zip file. Pack it again."),
        ("a.zip", b"", "“a.zip” is damaged, or no zip file. Pack it again."),
        ("a.zip", a_zip(), "“a.zip”: holds no files."),
        ("a.zip", a_zip(b__zip=a_zip(a__txt="x")), "“a.zip”: “b.zip” is a zip within the zip. Unpack that one first."),
        ("a.zip", a_zip(a__png=b"\x89PNG"), "“a.zip”: “a.png” is neither a .txt, an .md nor a .zip file."),
        ("a.zip", a_zip(a__txt=b"\xff\xff"), "“a.zip”: “a.txt” is not UTF-8 text (line 1)."),
        ("a.zip", encrypted(a_zip(a__txt="x")), "“a.zip”: “a.txt” is encrypted. Pack it without a password."),
        ("a.zip", zipped({"a.txt": "x"}, zipfile.ZIP_LZMA), "“a.zip”: “a.txt” is packed in an unusual way."),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_with_a_sentence(name: str, content: bytes, reason: str) -> None:
    (said,) = reasons(name, content)

    assert said.startswith(reason)


@pytest.mark.parametrize("name", ["../../etc/a.txt", "/etc/a.txt", "..\\a.txt", "C:a.txt", "a\x1b[1m.txt"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    (reason,) = reasons("a.zip", zipped({name: "x"}))

    assert reason.endswith("is no plain file name. Rename it and pack again.")
    assert reason.isprintable()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({f"{number}.txt": b"0" * 900_000 for number in range(10)})
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("was unpacked"))

    assert reasons("bomb.zip", bomb) == ["“bomb.zip”: unpacks to more than 8 MB."]
    assert len(bomb) < 20_000


def test_one_large_file_and_a_thousand_small_ones_are_refused() -> None:
    assert reasons("a.zip", a_zip(a__txt=b"0" * 1_500_000)) == ["“a.zip”: “a.txt” has 1.5 MB; 1 MB is the most."]
    many = zipped({f"{number}.txt": "x" for number in range(unpacking.MOST_FILES + 1)})
    assert reasons("a.zip", many) == ["“a.zip”: holds 101 files; 100 is the most."]


def test_a_zip_that_lies_about_its_sizes_is_refused() -> None:
    content = a_zip(a__txt=b"0" * 1_500_000)
    lying = content.replace(struct.pack("<I", 1_500_000), struct.pack("<I", 10))

    assert reasons("a.zip", lying) == ["“a.zip” is damaged, or no zip file. Pack it again."]


def test_every_fault_of_a_zip_is_told_at_once() -> None:
    content = zipped({"../a.txt": "x", "b.zip": "x", "c.txt": b"0" * 2_000_000})

    assert len(reasons("a.zip", content)) == 3


@given(st.binary(max_size=200), st.integers(0, 400), st.binary(max_size=4))
def test_no_damage_ends_in_another_error(noise: bytes, at: int, change: bytes) -> None:
    content = a_zip(a__txt="Some text " * 9, b__md="---")
    for damaged in (noise, content[:at] + change + content[at + len(change) :]):
        with contextlib.suppress(FilesRefused):
            unpack("a.zip", damaged)
