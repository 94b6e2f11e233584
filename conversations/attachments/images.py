"""Images: any of four formats in, a small one that every vision model reads out. Plain Python, run in a child process.

What is kept was drawn anew from the pixels: no camera data, no place, no second format hidden behind the first.
"""

import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from conversations.attachments.contents import CannotRead, Found

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
# 64 million pixels are 256 MB when they are unpacked.
MOST_PIXELS = 64_000_000
# Pixels of the longer side. Vision models look at no more: OpenAI's shrink to 2,048, Anthropic's to 1,568.
LONGEST_SIDE = 2_048
THUMBNAIL_SIDE = 320
# Bytes of an image in a prompt, where it takes a third more.
LARGEST = 2_000_000
JPEG_QUALITIES = (88, 75, 60, 40)


def read_image(path: Path) -> Found:
    """The first frame of the image at `path`, upright and without metadata.

    Raises CannotRead; a damaged file raises anything.
    """
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=FORMATS) as opened:
                image = _upright(opened)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise CannotRead(f"The image has more than {MOST_PIXELS // 1_000_000} million pixels.") from error
    media_type, body = _encode(image, lossless=opened.format in {"PNG", "GIF"})
    return Found(
        kind="image",
        media_type=media_type,
        width=image.width,
        height=image.height,
        body=body,
        thumbnail=_thumbnail(image),
    )


def _upright(image: Image.Image) -> Image.Image:
    """The picture in RGB, or RGBA where a part can be seen through."""
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked no larger than it is needed
    image.load()
    small = image if image.mode in {"RGB", "RGBA"} else _in_colours(image)
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    small.info = {key: value for key, value in image.info.items() if key == "exif"}
    turned = ImageOps.exif_transpose(small)
    turned.info = {}
    if turned.mode == "RGBA" and turned.getchannel("A").getextrema() == (255, 255):
        return turned.convert("RGB")
    return turned


def _in_colours(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits of grey: Pillow would cut them off at 255.
        return image.point(lambda level: level / 256).convert("L").convert("RGB")
    seen_through = "transparency" in image.info or image.mode in {"LA", "PA", "La", "RGBa"}
    return image.convert("RGBA" if seen_through else "RGB")


def _encode(image: Image.Image, *, lossless: bool) -> tuple[str, bytes]:
    """JPEG or PNG: WebP, which is smaller, is unknown to llama.cpp."""
    if lossless or image.mode == "RGBA":
        out = BytesIO()
        image.save(out, "PNG", optimize=False, compress_level=6)
        if out.tell() <= LARGEST:
            return "image/png", out.getvalue()
    flat = _on_white(image)
    for quality in JPEG_QUALITIES:
        out = BytesIO()
        flat.save(out, "JPEG", quality=quality)
        if out.tell() <= LARGEST:
            break
    return "image/jpeg", out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("RGB")


def _thumbnail(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    out = BytesIO()
    small.save(out, "WEBP", quality=80)
    return out.getvalue()
