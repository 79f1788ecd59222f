"""Small shapes put on a picture: nuclei, cell bodies, vessels. Places in pixels of the picture."""

import numpy as np


def patch(shape, x, y, reach):
    """Slices of the part of a picture around (x, y), and the distances from there to its pixels; None outside."""
    j0, j1 = max(0, int(y - reach)), min(shape[0], int(y + reach) + 2)
    i0, i1 = max(0, int(x - reach)), min(shape[1], int(x + reach) + 2)
    if j0 >= j1 or i0 >= i1:
        return None
    dy, dx = np.arange(j0, j1)[:, None] + 0.5 - y, np.arange(i0, i1)[None] + 0.5 - x
    return (slice(j0, j1), slice(i0, i1)), dx.astype(np.float32), dy.astype(np.float32)


def ellipse(layer, x, y, long, short, angle, dark=1.0, vesicular=0.0, bump=0.0, phase=0.0):
    """A nucleus: dark at its rim where ``vesicular``, its outline off an ellipse by the share ``bump``."""
    found = patch(layer.shape, x, y, 1.3 * long + 2)
    if found is None:
        return
    at, dx, dy = found
    u = dx * np.cos(angle) + dy * np.sin(angle)
    v = dy * np.cos(angle) - dx * np.sin(angle)
    r = np.sqrt((u / long) ** 2 + (v / short) ** 2)
    if bump:
        r = r * (1 + bump * np.sin(2 * np.arctan2(v, u) + phase))
    inside = np.clip((1 - r) * short + 0.5, 0, 1)
    paler = 1 - vesicular * np.clip(1.15 - r, 0, 1)
    layer[at] = np.maximum(layer[at], dark * inside * paler)


def disc(layer, x, y, radius, amount=1.0):
    """A round body."""
    found = patch(layer.shape, x, y, radius + 1)
    if found is not None:
        at, dx, dy = found
        layer[at] = np.maximum(layer[at], amount * np.clip(radius - np.hypot(dx, dy) + 0.5, 0, 1))


def blob(layer, x, y, radius, bump, phase, soft):
    """The body of a cell: round but for ``bump``, a share of the radius; its edge fades over ``soft`` pixels."""
    found = patch(layer.shape, x, y, (1 + 1.5 * bump) * radius + soft + 1)
    if found is not None:
        at, dx, dy = found
        turn = np.arctan2(dy, dx)
        edge = radius * (1 + bump * (np.sin(2 * turn + phase) + 0.5 * np.sin(3 * turn - 2 * phase)))
        layer[at] = np.maximum(layer[at], np.clip((edge - np.hypot(dx, dy)) / soft + 0.5, 0, 1))


def ring(layer, x, y, outer, inner, amount=1.0, flat=1.0, angle=0.0):
    """A wall between two radii; ``flat`` below 1 presses it to an ellipse."""
    found = patch(layer.shape, x, y, outer + 2)
    if found is None:
        return
    at, dx, dy = found
    u = dx * np.cos(angle) + dy * np.sin(angle)
    v = (dy * np.cos(angle) - dx * np.sin(angle)) / flat
    r = np.hypot(u, v)
    wall = np.clip(outer - r + 0.5, 0, 1) * np.clip(r - inner + 0.5, 0, 1)
    layer[at] = np.maximum(layer[at], amount * wall)
