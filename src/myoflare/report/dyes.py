"""From dyes to colours: each absorbs light as Beer and Lambert say, in red, green and blue.

The way back is colour deconvolution (Ruifrok & Johnston 2001, Anal Quant Cytol Histol 23:291-299), with which a slide
drawn here can be taken apart again: ``unmix`` inverts ``transmit``.
"""

from functools import cache

import numpy as np

from myoflare.store import science_document


@cache
def stains_text():
    """``science/tissue/stains.yaml``, parsed."""
    return science_document("tissue", "stains.yaml").data


def dye_density(name):
    """Optical density of a dye in (red, green, blue), of unit length."""
    density = np.array(stains_text()["dyes"][name]["density"], float)
    return density / np.linalg.norm(density)


def transmit(amounts, light=None):
    """Image (ny, nx, 3), float, 0 to 255, of ``amounts``: dye -> (ny, nx) optical density."""
    light = np.asarray(stains_text()["light"] if light is None else light, np.float32)
    total = sum(a[..., None] * dye_density(d).astype(np.float32) for d, a in amounts.items())
    return light * np.float32(10) ** -total


def unmix(image, dyes, light=None):
    """Optical density of each of two or three dyes in an image (ny, nx, 3): dye -> (ny, nx)."""
    light = np.asarray(stains_text()["light"] if light is None else light, float)
    density = -np.log10(np.maximum(np.asarray(image, float), 1) / light)
    basis = np.stack([dye_density(d) for d in dyes])
    found = density @ np.linalg.pinv(basis)
    return {d: found[..., k] for k, d in enumerate(dyes)}
