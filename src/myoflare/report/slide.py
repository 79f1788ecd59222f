"""A stained section under the microscope: from a fascicle, its cells and its fibres' states to a picture.

    slide = draw_slide(make_fascicle(seed=7), stain="HE", magnification=20)
    slide.save("biopsy.png")

A stain is text (``science/tissue/stains.yaml``): how much of each dye a structure takes up. Light is then absorbed as
Beer and Lambert say, and blurred and measured as by a lens and a camera.
"""

from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from myoflare.base.errors import TissueError
from myoflare.base.streams import stream
from myoflare.report.dyes import stains_text, transmit
from myoflare.report.scene import Scene

PIXEL_UM = 10.0  # over the magnification: 0.5 um at x20, as in slide scanners
BLUR_UM = 0.3  # of the lens
SPREAD = 0.06  # SD of the logarithm of each dye from slide to slide
REFERENCE_UM = 10.0  # thickness to which the densities of the text belong
MOST_PIXELS = 60_000_000


def draw_slide(
    fascicle, *, stain="HE", magnification=20, window=None, cells=None, fibres=None, vessels=None,
    thickness_um=10.0, batch=0, bar=True,
):  # fmt: skip
    """A picture (PIL image) of a window of ``fascicle``.

    Parameters
    ----------
    stain: name in ``science/tissue/stains.yaml``: HE, MHC_I, CD4, CD8, CD20, CD68, C5b9, MxA, NCAM, CD31, trichrome.
    magnification: of the objective; a pixel is 10 um over it.
    window: (x, y, width, height) in um, the whole section by default.
    cells, fibres, vessels: ``Cells``, ``FibreStates``, ``VesselStates``; healthy muscle by default.
    thickness_um: of the section; colours deepen with it.
    batch: number of the staining batch; dyes and light differ a little from batch to batch.
    bar: draw a scale bar and name the stain.
    """
    if stain not in stains_text()["stains"]:
        known = ", ".join(stains_text()["stains"])
        raise TissueError("stain", repr(stain), f"one of {known}")
    width, height = fascicle.size_um
    window = (0.0, 0.0, width, height) if window is None else tuple(map(float, window))
    pixel = PIXEL_UM / magnification
    if not 0 < window[2] * window[3] / pixel**2 <= MOST_PIXELS:
        came = f"{window[2] * window[3] / pixel**2:.3g} pixels"
        raise TissueError("window", came, f"up to {MOST_PIXELS:g}", "Choose a smaller window or magnification.")
    return stain_scene(Scene(fascicle, window, pixel, cells, fibres, vessels), stain, thickness_um, batch, bar)


def stain_scene(scene, stain, thickness_um=10.0, batch=0, bar=True):
    """The picture of a ``Scene``: to see one window in many stains, lay it out once."""
    image = transmit(dye_amounts(scene, stain, thickness_um, batch))
    image = gaussian_filter(image, (BLUR_UM / scene.pixel, BLUR_UM / scene.pixel, 0))
    picture = Image.fromarray(_camera(image, scene, batch))
    return _label(picture, scene.pixel, stains_text()["stains"][stain]["title"]) if bar else picture


def dye_amounts(scene, stain, thickness_um=10.0, batch=0):
    """Optical density of each dye, dye -> (ny, nx)."""
    draw = stream(scene.fascicle.seed, batch, f"dyes of {stain}")
    amounts = {}
    for dye, uptake in stains_text()["stains"][stain].items():
        if dye == "title":
            continue
        total = np.zeros(scene.shape, np.float32)
        for structure, density in uptake.items():
            layer = scene.layer(structure)
            if layer is not None:
                total += np.float32(density) * layer
        total *= np.float32(thickness_um / REFERENCE_UM * np.exp(SPREAD * draw.standard_normal()))
        amounts[dye] = total
    return amounts


def _camera(image, scene, batch):
    """Uneven light and the noise of the sensor; 8 bit."""
    draw = stream(scene.fascicle.seed, batch, "camera")
    ny, nx = scene.shape
    y, x = np.linspace(-1, 1, ny, dtype=np.float32)[:, None], np.linspace(-1, 1, nx, dtype=np.float32)[None]
    light = 1 - 0.015 * (x**2 + y**2) + np.float32(0.008) * (draw.standard_normal() * x + draw.standard_normal() * y)
    noise = draw.standard_normal((ny, nx, 1), dtype=np.float32) * np.float32(1.2)
    return np.clip(image * light[..., None] + noise + 0.5, 0, 255).astype(np.uint8)


def _label(picture, pixel, title):
    """Scale bar, its length and the name of the stain, in the lower left corner."""
    pen, (width, height) = ImageDraw.Draw(picture, "RGBA"), picture.size
    lengths = [b * 10**e for e in range(5) for b in (1, 2, 5)]
    length = max([b for b in lengths if b / pixel <= 0.25 * width], default=1)
    size = max(12, width // 55)
    font, margin = ImageFont.truetype(Path(get_data_path()) / "fonts/ttf/DejaVuSans.ttf", size), size
    text = f"{length} µm   {title}"
    wide = max(length / pixel, pen.textlength(text, font))
    top = height - margin - int(2.1 * size)
    pen.rectangle((margin / 2, top - size / 3, wide + 1.5 * margin, height - margin / 2), fill=(255, 255, 255, 200))
    pen.rectangle((margin, height - margin - size // 4, margin + length / pixel, height - margin), fill=(0, 0, 0, 255))
    pen.text((margin, top), text, fill=(0, 0, 0, 255), font=font)
    return picture
