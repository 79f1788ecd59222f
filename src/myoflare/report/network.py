"""The network as a picture: boxes by room, arrows that drive, bars that restrain, loops in colour."""

from pathlib import Path

import numpy as np
from matplotlib.patches import FancyBboxPatch, Polygon

from myoflare.base.errors import MyoflareError, StoreError
from myoflare.report import reading, style
from myoflare.report.diagram import activity_at, loop_strength, missing_members, read_diagram
from myoflare.report.routes import box_of, clipped, route, tip
from myoflare.report.timeaxis import first_high

_INCH = 0.1  # per unit of the layout
_QUIET, _INHIBIT = "#8a8a8a", "#a01a4a"
_ROOMS = ("#fdf1dc", "#eaf1f8", "#f8ecea", "#eef6ec", "#f1eef6")


def draw_network(model, path, activity=None):
    """Draw the causal network to ``path`` (SVG, PNG or PDF by its suffix).

    Parameters
    ----------
    model: the network, or ``None``; a node is drawn dashed when the network has none of its members.
    path: file to write.
    activity: values 0 to 1 by node id and arrow key, as ``activity_at`` gives them; all alike when left out.

    Returns the path. Raises ``MyoflareError`` for another suffix, ``StoreError`` when the file cannot be written.
    """
    path = Path(path)
    check_picture(path)
    absent = _absent_nodes(model) if model is not None else set()
    with style.drawing():
        fig = network_figure(activity, absent)
        try:
            fig.savefig(path, dpi=140, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)
        except OSError as fault:
            raise StoreError(str(path), fault.strerror or str(fault), "a file that can be written") from fault
    return path


def check_picture(path):
    """``MyoflareError`` unless ``path`` has the suffix of a picture that can be drawn."""
    suffix = Path(path).suffix
    if suffix.lower() not in (".svg", ".png", ".pdf"):
        raise MyoflareError(str(path), f"suffix {suffix or '(none)'}", "a file name that ends in .svg, .png or .pdf")


def _absent_nodes(model):
    """Nodes of which the network has no member at all."""
    missing = set(missing_members(model))
    return {n.id for n in read_diagram().nodes.values() if all((n.id, m) in missing for m in n.members)}


def activity_pictures(course):
    """Pictures for a report: ``([(title, svg, words)], note)`` at the height of the illness and at its end."""
    t = reading.days(course)
    peak = _height(course, t)
    chosen = [("At the height of it", peak)]
    if t[-1] - peak > 14:
        chosen.append(("At the end", float(t[-1])))
    pictures = []
    for i, (title, day) in enumerate(chosen):
        activity = activity_at(course, day)
        with style.drawing():
            svg = style.to_svg(
                network_figure(activity), f"net{i}", f"Causal network at day {day:.0f}, arrows thick where active."
            )
        pictures.append((f"{title}, day {day:.0f}", svg, _loop_words(activity)))
    return pictures, (
        "Boxes darken and arrows thicken with activity: how far a state stands above its value at the start (two "
        "powers of ten or more is full), and for killing arrows their share of fibre death. An arrow head drives, "
        "a bar restrains. Numbers are edges of the causal network; names beginning with H- are hypotheses that can "
        "be switched off. A loop is in colour where it runs."
    )


def _height(course, t):
    """The day of most fibre death, or of the highest CK where deaths are not recorded."""
    deaths = [course[n].values for n in course.data_vars if str(n).startswith("muscle_death_")]
    if deaths:
        return float(t[first_high(np.sum(deaths, axis=0))])
    return float(t[first_high(course["CK"].values)]) if "CK" in course else float(t[-1])


def _loop_words(activity):
    said = []
    for loop in read_diagram().loops:
        strength = loop_strength(activity)[loop["id"]]
        word = "runs" if strength > 0.5 else "runs weakly" if strength > 0.2 else "does not run"
        said.append(f"{loop['id']} ({loop['label']}) {word}")
    return "; ".join(said) + "."


def network_figure(activity=None, absent=frozenset()):
    """The picture as a matplotlib figure."""
    picture = read_diagram()
    width, height = picture.size
    fig = style.figure(width * _INCH, (height + 7) * _INCH)
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(-7, height))
    ax.axis("off")
    boxes = {n.id: box_of(n) for n in picture.nodes.values()}
    for room, colour in zip(picture.rooms, _ROOMS, strict=False):
        _draw_room(ax, room, colour)
    strengths = loop_strength(activity) if activity else {loop["id"]: 1.0 for loop in picture.loops}
    colours = {loop["id"]: loop["colour"] for loop in picture.loops}
    for arrow in sorted(picture.arrows, key=lambda a: (activity or {}).get(a.key, 0)):
        _draw_arrow(ax, arrow, picture, boxes, activity, strengths, colours)
    for node in picture.nodes.values():
        _draw_node(ax, node, boxes[node.id], None if activity is None else activity.get(node.id, 0), node.id in absent)
    _draw_legend(ax, picture)
    return fig


def _draw_room(ax, room, colour):
    x0, y0, x1, y1 = room["box"]
    shape = "round,pad=0,rounding_size=1.5"
    ax.add_patch(FancyBboxPatch((x0, y0), x1 - x0, y1 - y0, boxstyle=shape, fc=colour, ec="none", zorder=0))
    side, edge = room["corner"].split("-")
    place = (x0 + 1 if edge == "left" else x1 - 1, y1 - 1 if side == "top" else y0 + 0.7)
    look = {"ha": edge, "va": side, "fontsize": 10, "fontweight": "bold", "color": style.SOFT, "zorder": 0.5}
    ax.text(*place, room["label"], **look)


def _draw_node(ax, node, box, active, absent):
    x0, y0, x1, y1 = box
    shade = 0.0 if active is None else active
    fill = tuple(1 - shade * (1 - c) for c in (0.98, 0.80, 0.42))
    ax.add_patch(FancyBboxPatch((x0, y0), x1 - x0, y1 - y0, boxstyle="round,pad=0,rounding_size=0.9", fc=fill,
                                ec=style.INK, lw=0.8 + 0.8 * shade, ls="--" if absent else "-", zorder=5))  # fmt: skip
    ax.text(*node.at, node.label, ha="center", va="center", fontsize=9.5, zorder=6, linespacing=1.05)


def _draw_arrow(ax, arrow, picture, boxes, activity, strengths, colours):
    loop = max(arrow.loops, key=lambda k: strengths[k], default=None)
    active = 0.45 if activity is None else activity.get(arrow.key, 0.0)
    lit = loop is not None and (activity is None or (active > 0.15 and strengths[loop] > 0.2))
    colour = colours[loop] if lit else (_INHIBIT if arrow.sign == "-" else _QUIET)
    weight = 0.7 + (2.8 if lit else 1.9) * active if activity is not None else (1.7 if loop else 0.9)
    path = clipped(route(picture.nodes[arrow.source].at, picture.nodes[arrow.target].at, arrow.via, arrow.bend),
                   boxes[arrow.source], boxes[arrow.target])  # fmt: skip
    faded = 0.35 + 0.65 * min(1.0, active * 2) if activity is not None else 0.95
    layer = 2 + active
    ax.plot(path[:-1, 0], path[:-1, 1], color=colour, lw=weight, alpha=faded, solid_capstyle="butt", zorder=layer)
    _draw_tip(ax, path, arrow.sign, colour, weight, faded, layer)
    if arrow.both:
        _draw_tip(ax, path[::-1], arrow.sign, colour, weight, faded, layer)
    if arrow.edges and arrow.words >= 0:
        x, y = path[int((len(path) - 1) * arrow.words)] + (0, arrow.lift)
        said = ", ".join(map(str, arrow.edges)) + (f" {arrow.switch.replace('_', '-')}" if arrow.switch else "")
        ax.text(x, y, said, fontsize=6.8, ha="center", va="center", color=colour if lit else style.SOFT, zorder=4,
                bbox={"boxstyle": "round,pad=0.08", "fc": "white", "ec": "none", "alpha": 0.8})  # fmt: skip


def _draw_tip(ax, path, sign, colour, weight, faded, layer):
    if sign == "-":
        bar = tip(path, 0.0, 1.1)
        ax.plot(bar[[0, 2], 0], bar[[0, 2], 1], color=colour, lw=max(2.0, weight), alpha=faded, zorder=layer)
        ax.plot(path[-2:, 0], path[-2:, 1], color=colour, lw=weight, alpha=faded, zorder=layer)
    else:
        size = 1.3 + 0.22 * weight
        ax.add_patch(
            Polygon(tip(path, size, size * 0.42), closed=True, fc=colour, ec="none", alpha=faded, zorder=layer)
        )


def _draw_legend(ax, picture):
    x = 2.0
    for loop in picture.loops:
        ax.plot([x, x + 5], [-2.2, -2.2], color=loop["colour"], lw=3)
        ax.text(x + 6, -2.2, f"Loop {loop['id']}: {loop['label']}", va="center", fontsize=9)
        x += 10 + 0.72 * (len(loop["label"]) + 9)
    samples = ((2.0, "+", _QUIET, "drives"), (20.0, "-", _INHIBIT, "restrains"))
    for at, sign, colour, said in samples:
        line = np.column_stack([np.linspace(at, at + 5, 20), np.full(20, -5.0)])
        ax.plot(line[:-1, 0], line[:-1, 1], color=colour, lw=1.5)
        _draw_tip(ax, line, sign, colour, 1.5, 1.0, 3)
        ax.text(at + 6.3, -5, said, va="center", fontsize=9)
    ax.text(
        39,
        -5,
        "Numbers: edges of the causal network.  H-…: hypothesis switch that multiplies the edge.",
        va="center",
        fontsize=9,
    )
