"""Pictures of one section as files: the magnifications that a pathologist looks at, all stains side by side, a film.

The fields of view are centred where most cells lie; where there are none, in the middle of the section.
"""

from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import uniform_filter

from myoflare.base.errors import TissueError
from myoflare.report.dyes import stains_text
from myoflare.report.scene import Scene
from myoflare.report.slide import PIXEL_UM, draw_slide, stain_scene

FIELD_PIXELS = (1200, 900)  # of a field of view
MAGNIFICATIONS = (20, 40)
OVERVIEWS = (10, 5, 2.5, 1.25)
MOST_OVERVIEW = 9_000_000  # pixels
PANEL = (600, 450)  # pixels of one stain on the sheet
COLUMNS, GAP, HEAD = 4, 12, 64
FILM = (600, 600)  # pixels
FRAME_MS, LAST_MS = 500, 2500
PALE, DARK, EMPTY = (250, 250, 250), (20, 20, 20), 246


def check_stains(names):
    """The stains asked for, ``all`` for every one; TissueError with the list where one is unknown."""
    known = list(stains_text()["stains"])
    spelt = {name.lower(): name for name in known}
    for name in names:
        if name != "all" and name.lower() not in spelt:
            raise TissueError("stain", repr(name), f"all, or one of {', '.join(known)}")
    return known if "all" in names else list(dict.fromkeys(spelt[name.lower()] for name in names))


def write_slides(section, folder, stains):
    """For each stain the whole section and the busiest field at x20 and x40; the paths."""
    overview, written = overview_magnification(section), []
    views = [(overview, None), *((m, field(section, m)) for m in MAGNIFICATIONS)]
    for magnification, window in views:
        window = window or (0.0, 0.0, *section.fascicle.size_um)
        scene = scene_of(section, window, PIXEL_UM / magnification)
        for stain in stains:
            path = Path(folder) / f"{stain}_x{magnification:g}.png"
            stain_scene(scene, stain).save(path, dpi=(25_400 / scene.pixel,) * 2)
            written.append(path)
    return written


def scene_of(section, window, pixel):
    return Scene(section.fascicle, window, pixel, section.cells, section.fibres, section.vessels)


def overview_magnification(section):
    """The largest one at which the whole section is a picture of a sensible size."""
    area = np.prod(section.fascicle.size_um)
    return next((m for m in OVERVIEWS if area / (PIXEL_UM / m) ** 2 <= MOST_OVERVIEW), OVERVIEWS[-1])


def field(section, magnification, pixels=None):
    """Window (x, y, width, height) in um of the busiest field of view, smaller where the section is."""
    size = section.fascicle.size_um
    width, height = (min(p * PIXEL_UM / magnification, s) for p, s in zip(pixels or FIELD_PIXELS, size, strict=True))
    step = 10.0
    parts = [max(1, round(s / step)) for s in (size[1], size[0])]
    ranges = ((0, size[1]), (0, size[0]))
    crowd = np.histogram2d(section.cells.y, section.cells.x, parts, ranges)[0]
    crowd = uniform_filter(crowd, (max(1, round(height / step)), max(1, round(width / step))), mode="constant")
    j, i = np.unravel_index(np.argmax(crowd), crowd.shape) if crowd.max() > 0 else np.array(crowd.shape) // 2
    x, y = (np.clip((k + 0.5) * step - w / 2, 0, s - w) for k, w, s in ((i, width, size[0]), (j, height, size[1])))
    return float(x), float(y), width, height


def write_sheet(section, path, words=(), magnification=20):
    """Every stain of the same field on one sheet; ``words`` are lines of text for the last panel. The path."""
    stains = list(stains_text()["stains"])
    scene = scene_of(section, field(section, magnification, PANEL), PIXEL_UM / magnification)
    height, width = scene.shape
    rows = -(-(len(stains) + bool(words)) // COLUMNS)
    size = GAP + COLUMNS * (width + GAP), HEAD + rows * (height + GAP)
    sheet = Image.new("RGB", size, PALE)
    pen = ImageDraw.Draw(sheet)
    pen.text((GAP, HEAD / 2), _head(section), fill=DARK, font=font(HEAD // 2), anchor="lm")
    for k, stain in enumerate(stains):
        sheet.paste(stain_scene(scene, stain), _corner(k, width, height))
    if words:
        x, y = _corner(len(stains), width, height)
        letters = fitting(pen, words, width - 2 * GAP, (height - 2 * GAP) / len(words) / 1.35)
        pen.multiline_text((x + GAP, y + GAP), "\n".join(words), fill=DARK, font=letters, spacing=letters.size * 0.35)
    sheet.save(path)
    return path


def _head(section):
    return f"{section.patient}, day {section.day:g}: the same field in every stain"


def _corner(k, width, height):
    row, column = divmod(k, COLUMNS)
    return GAP + column * (width + GAP), HEAD + row * (height + GAP)


def font(size):
    return ImageFont.truetype(Path(get_data_path()) / "fonts/ttf/DejaVuSans.ttf", max(8, int(size)))


def fitting(pen, words, width, largest):
    """The largest font, up to a size, in which every line is as narrow as ``width``."""
    size = max(8, int(largest))
    while size > 8 and max(pen.textlength(line, font(size)) for line in words) > width:
        size -= 1
    return font(size)


def write_pair(left, right, path, titles, stain="HE", magnification=20):
    """The same stain of two sections side by side, the field of the first in both. The path."""
    window = field(left, magnification)
    pictures = [
        draw_slide(
            s.fascicle, stain=stain, magnification=magnification, window=window, cells=s.cells, fibres=s.fibres,
            vessels=s.vessels,
        )
        for s in (left, right)
    ]  # fmt: skip
    width, height = pictures[0].size
    sheet = Image.new("RGB", (3 * GAP + 2 * width, HEAD + height + GAP), PALE)
    pen = ImageDraw.Draw(sheet)
    for k, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        x = GAP + k * (width + GAP)
        sheet.paste(picture, (x, HEAD))
        pen.text((x, HEAD / 2), title, fill=DARK, font=fitting(pen, [title], width, HEAD // 2), anchor="lm")
    sheet.save(path)
    return path


class Film:
    """Frames of one place through time; ``window`` (x, y, width, height) in um, or the middle of the section."""

    def __init__(self, fascicle, stain="HE", magnification=10, window=None):
        size = fascicle.size_um
        width, height = (min(p * PIXEL_UM / magnification, s) for p, s in zip(FILM, size, strict=True))
        middle = ((size[0] - width) / 2, (size[1] - height) / 2, width, height)
        self.window, self.stain, self.magnification, self.frames = window or middle, stain, magnification, []

    def add(self, section):
        """One frame more."""
        picture = draw_slide(
            section.fascicle, stain=self.stain, magnification=self.magnification, window=self.window,
            cells=section.cells, fibres=section.fibres, vessels=section.vessels,
        )  # fmt: skip
        pen, letters = ImageDraw.Draw(picture, "RGBA"), font(picture.size[0] / 25)
        text, margin = f"day {section.day:.0f}", letters.size / 2
        right = picture.size[0] - margin
        wide = pen.textlength(text, letters)
        pen.rectangle((right - wide - margin, margin, right, 2.9 * letters.size / 1.4), fill=(255, 255, 255, 200))
        pen.text((right - margin / 2, 1.25 * letters.size), text, fill=(*DARK, 255), font=letters, anchor="rm")
        self.frames.append(picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE))

    def save(self, path):
        """Write the frames as GIF; the path. TissueError where there is none."""
        if not self.frames:
            raise TissueError(str(path), "a film without a frame", "at least one section")
        times = [FRAME_MS] * (len(self.frames) - 1) + [LAST_MS]
        self.frames[0].save(path, save_all=True, append_images=self.frames[1:], duration=times, loop=0)
        return path
