"""Slides as OME-TIFF for QuPath, napari and their like: tiled, with smaller and smaller copies of itself.

The markers are one channel each: the optical density of the brown dye of that stain times 10,000. Layout of the file:
OME-TIFF 6 with its pyramid in sub-IFDs, Besson 2019 (doi:10.1007/978-3-030-23937-4_1).
"""

import numpy as np
import tifffile

from myoflare.report.dyes import stains_text
from myoflare.report.scene import Scene
from myoflare.report.slide import PIXEL_UM, dye_amounts, stain_scene

TILE = 256
SMALLEST = 256  # pixels, the longer side of the last copy
PER_DENSITY = 10_000
BROWN, BLUE = "DAB", "haematoxylin"
NUCLEI = 0x0000FFFF  # colours of channels, RGBA
COLOURS = (
    0x00FF00FF, 0xFF0000FF, 0xFFFF00FF, 0xFF00FFFF, 0x00FFFFFF, 0xFFFFFFFF, 0xFF8000FF, 0x80FF00FF, 0xFF80C0FF,
)  # fmt: skip


def marker_stains():
    """Names of the stains that show one marker in brown."""
    return [name for name, uptake in stains_text()["stains"].items() if BROWN in uptake]


def write_markers(section, path, magnification=20, scene=None):
    """Write all markers of a ``Section``, and its nuclei, as channels of one OME-TIFF; the path.

    ``scene`` is the whole section at that magnification, where the caller has laid it out.
    """
    scene = scene or whole_scene(section, magnification)
    names = marker_stains()
    planes = np.empty((len(names) + 1, *scene.shape), np.uint16)
    planes[0] = _stored(dye_amounts(scene, "HE")[BLUE])
    for plane, stain in zip(planes[1:], names, strict=True):
        plane[:] = _stored(dye_amounts(scene, stain)[BROWN])
    channel = {"Name": ["Nuclei", *names], "Color": [_signed(c) for c in (NUCLEI, *COLOURS[: len(names)])]}
    write_pyramid(path, planes, scene.pixel, {"axes": "CYX", "Name": _name(section), "Channel": channel})
    return path


def write_brightfield(section, path, stain="HE", magnification=20, scene=None):
    """Write a ``Section`` in one stain, in colour, as OME-TIFF; the path."""
    scene = scene or whole_scene(section, magnification)
    picture = np.asarray(stain_scene(scene, stain, bar=False))
    name = f"{_name(section)}, {stains_text()['stains'][stain]['title']}"
    write_pyramid(path, picture, scene.pixel, {"axes": "YXS", "Name": name}, photometric="rgb")
    return path


def whole_scene(section, magnification):
    """The whole section, laid out."""
    window = (0.0, 0.0, *section.fascicle.size_um)
    return Scene(
        section.fascicle, window, PIXEL_UM / magnification, section.cells, section.fibres, section.vessels
    )  # fmt: skip


def write_pyramid(path, data, pixel_um, metadata, photometric="minisblack"):
    """Write ``data`` (channel, ny, nx) or (ny, nx, 3) and copies of half, a quarter ... of its size."""
    levels = [data]
    while max(_extent(levels[-1])) > SMALLEST:
        levels.append(_halved(levels[-1]))
    unit = {"PhysicalSizeXUnit": "µm", "PhysicalSizeYUnit": "µm"}
    with tifffile.TiffWriter(path, ome=True) as file:
        for k, level in enumerate(levels):
            size = pixel_um * 2**k
            first = {"subifds": len(levels) - 1} if k == 0 else {"subfiletype": 1}
            told = metadata | unit | {"PhysicalSizeX": size, "PhysicalSizeY": size} if k == 0 else None
            file.write(
                level, tile=(TILE, TILE), compression="zlib", photometric=photometric, metadata=told,
                resolution=(1e4 / size, 1e4 / size), resolutionunit="CENTIMETER", **first,
            )  # fmt: skip


def _extent(data):
    return data.shape[:2] if data.shape[-1] == 3 else data.shape[-2:]


def _halved(data):
    """Means of two by two pixels; an odd last row or column is left out."""
    y, x = (0, 1) if data.shape[-1] == 3 else (data.ndim - 2, data.ndim - 1)
    ny, nx = (n // 2 * 2 for n in (data.shape[y], data.shape[x]))
    data = np.take(np.take(data, range(ny), y), range(nx), x)
    shape = [*data.shape[:y], ny // 2, 2, nx // 2, 2, *data.shape[x + 1 :]]
    return data.reshape(shape).mean((y + 1, x + 2), dtype=np.float32).round().astype(data.dtype)


def _stored(density):
    return np.clip(density * PER_DENSITY, 0, 65535).astype(np.uint16)


def _signed(colour):
    return colour - 2**32 if colour >= 2**31 else colour


def _name(section):
    return f"{section.patient}, day {section.day:g}, seed {section.seed}"
