"""Files as people upload them, good and bad, made on the spot."""

import struct
import zlib
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def make_image(
    size: tuple[int, int] = (60, 40), *, kind: str = "PNG", mode: str = "RGB", colour: Any = 0, **options: Any
) -> bytes:
    """An image of one colour in the format `kind`."""
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **options)
    return out.getvalue()


def make_huge_png(width: int, height: int) -> bytes:
    """A small file that says it is an image of so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def make_pdf(*pages: str, stream: bytes | None = None, filters: bytes = b"") -> bytes:
    """A PDF with a page for each text, or one whose content is `stream`, packed with `filters`."""
    streams = [stream] if stream is not None else [_drawn(text) for text in pages]
    first = 4
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(streams)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, data in enumerate(streams):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (first + 2 * number + 1)
        )
        packed = b"/Filter " + filters if filters else b""
        objects.append(b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), packed, data))
    return _with_table(objects)


def _drawn(text: str) -> bytes:
    return b"BT /F1 12 Tf 10 100 Td (%b) Tj ET" % text.encode("latin-1") if text else b""


def _with_table(objects: list[bytes]) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, len(out))
    )


def upload(content: bytes | str = b"Hello", name: str = "note.txt") -> SimpleUploadedFile:
    """A file of a form."""
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
