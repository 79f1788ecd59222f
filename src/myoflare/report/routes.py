"""The geometry of arrows: a smooth line from box to box, cut where the boxes begin."""

import numpy as np

_CHARACTER, _LINE = 0.82, 1.75  # width and height of text, in units of the layout


def box_of(node):
    """``(x0, y0, x1, y1)`` of a node, from its words."""
    lines = node.label.split("\n")
    width = _CHARACTER * max(map(len, lines)) + 2.0
    height = _LINE * len(lines) + 1.7
    x, y = node.at
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def route(start, end, via=(), bend=0.0, samples=90):
    """Points of a smooth line through ``via``, or of an arc that bows to its left by ``bend`` of its length."""
    start, end = np.array(start, float), np.array(end, float)
    if not via:
        along = end - start
        middle = (start + end) / 2 + bend * np.array([-along[1], along[0]])
        s = np.linspace(0, 1, samples)[:, None]
        return (1 - s) ** 2 * start + 2 * s * (1 - s) * middle + s**2 * end
    return _through(np.vstack([start, np.array(via, float), end]), samples)


def _through(points, samples):
    """Centripetal Catmull-Rom spline, which neither loops nor overshoots."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    each = max(samples // (len(points) - 1), 12)
    parts = [_segment(ends[i : i + 4], each) for i in range(len(points) - 1)]
    return np.vstack([*parts, points[-1:]])


def _segment(p, count):
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)) + 1e-9)])
    t = np.linspace(knots[1], knots[2], count, endpoint=False)[:, None]

    def between(a, b, lo, hi):
        return ((hi - t) * a + (t - lo) * b) / (hi - lo)

    a = [between(p[i], p[i + 1], knots[i], knots[i + 1]) for i in range(3)]
    b = [between(a[i], a[i + 1], knots[i], knots[i + 2]) for i in range(2)]
    return between(b[0], b[1], knots[1], knots[2])


def clipped(path, source, target, gap=0.35):
    """The part of a path outside both boxes, evenly resampled."""
    outside = ~_inside(path, source, gap)
    first = int(np.argmax(outside)) if outside.any() else 0
    reached = np.flatnonzero(_inside(path[first:], target, gap))
    last = first + int(reached[0]) if reached.size else len(path) - 1
    part = path[first : max(last, first + 2)]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(part, axis=0), axis=1))])
    even = np.linspace(0, length[-1], 60)
    return np.column_stack([np.interp(even, length, part[:, i]) for i in range(2)])


def _inside(path, box, gap):
    x0, y0, x1, y1 = box
    return (path[:, 0] > x0 - gap) & (path[:, 0] < x1 + gap) & (path[:, 1] > y0 - gap) & (path[:, 1] < y1 + gap)


def tip(path, length, half):
    """Corners of an arrow head at the end of a path: left foot, point, right foot."""
    end = path[-1]
    back = path[-4] - end
    back = back / (np.linalg.norm(back) + 1e-12)
    side = np.array([-back[1], back[0]])
    return np.array([end + length * back + half * side, end, end + length * back - half * side])
