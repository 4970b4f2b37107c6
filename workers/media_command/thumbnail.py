"""Makes one thumbnail, in a process of its own: `python thumbnail.py FILE` writes it to stdout.

The image comes from a stranger. Whatever it does to the decoder, it does it here: memory and time are limited, and what
is too much ends this process alone. Pillow is imported nowhere else. The first line of the output is JSON, the rest the
thumbnail's bytes; a refusal is a line alone.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from io import BytesIO
from typing import Any

SIDE = 320
"""Pixels of the thumbnail's longer side."""

ORIENTATION, LYING = 0x0112, (5, 6, 7, 8)
"""The EXIF tag, and those of its values that swap width and height."""

MOST_PIXELS = 100_000_000
MEMORY = 1536 * 1024 * 1024
"""Bytes of address space, and seconds of computing, after which the system ends this process."""
SECONDS = 15


def main(path: str) -> int:
    _limit()
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # We count ourselves, before anything is decoded.
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                return _refuse("image_too_large")
            # A JPEG is decoded at an eighth of its size where that is enough.
            image.draft("RGB", (SIDE, SIDE))
            image.load()
            turned = ImageOps.exif_transpose(image)
            if image.getexif().get(ORIENTATION, 1) in LYING:
                width, height = height, width
            made, kind = _small(turned, Image)
    except MemoryError:
        return _refuse("image_too_large")
    except Exception:
        return _refuse("corrupt_image")
    _say({"width": width, "height": height, "thumb_width": made.width, "thumb_height": made.height, "content_type": kind})
    out = BytesIO()
    if kind == "image/png":
        made.save(out, "PNG", optimize=True)
    else:
        made.save(out, "JPEG", quality=82, optimize=True, progressive=False)
    sys.stdout.buffer.write(out.getvalue())
    sys.stdout.buffer.flush()
    return 0


def _small(image: Any, library: Any) -> tuple[Any, str]:
    """What can be seen through stays so; all else is an RGB JPEG. Nothing of the metadata comes along."""
    seen_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if image.mode in ("I", "I;16", "I;16B", "I;16L"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    small = image.convert("RGBA" if seen_through else "RGB")
    small.thumbnail((SIDE, SIDE), library.Resampling.LANCZOS)
    clean = library.new(small.mode, small.size)
    clean.paste(small)
    return clean, "image/png" if seen_through else "image/jpeg"


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)


def _refuse(reason: str) -> int:
    _say({"reason": reason})
    return 0


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
