"""How every figure looks: colours that colour-blind readers tell apart, system fonts, SVG that stands inside a page."""

import io
import re
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure

INK, SOFT, GRID = "#1a1a1a", "#595959", "#e3e3e3"

#: Dark enough on white for thin lines; told apart in deuteranopia, protanopia and print (with the dash patterns below).
PALETTE = ("#0072b2", "#d55e00", "#117733", "#aa4499", "#222222", "#b07d00", "#4aa3d9", "#882255")
DASHES = ("-", "-", "-", "-", (0, (5, 1.5)), (0, (5, 1.5)), (0, (5, 1.5)), (0, (5, 1.5)))

_RC = {
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": 9, "axes.titlesize": 9,
    "axes.edgecolor": SOFT, "axes.labelcolor": INK, "text.color": INK, "xtick.color": SOFT, "ytick.color": SOFT,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 0.8, "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.6, "axes.axisbelow": True,
    "svg.fonttype": "none", "svg.hashsalt": "myoflare", "figure.facecolor": "white", "lines.linewidth": 1.7,
    "axes.formatter.useoffset": False, "axes.formatter.limits": (-3, 5), "mathtext.default": "regular",
}  # fmt: skip


@contextmanager
def drawing():
    """Draw in the house style without touching the caller's settings."""
    with matplotlib.rc_context(_RC):
        yield


def figure(width, height):
    """A figure of ``width`` by ``height`` inches that no window system knows of."""
    return Figure(figsize=(width, height))


def line_style(index):
    """Colour and dash pattern of the curve number ``index`` of a panel."""
    return {"color": PALETTE[index % len(PALETTE)], "linestyle": DASHES[index % len(DASHES)]}


def to_svg(fig, prefix, alt):
    """The figure as an SVG element for a page: ids made unique by ``prefix``, ``alt`` for screen readers."""
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\bid="([^"]+)"', lambda m: f'id="{prefix}-{m[1]}"', svg)
    svg = re.sub(r'(xlink:href="#|url\(#)(?!eq-)', lambda m: m[1] + prefix + "-", svg)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)  # the page's own fonts
    svg = re.sub(r"font: (\w+) ([\d.]+)px [^;\"]*", r"font-weight: \1; font-size: \2px", svg)
    svg = re.sub(r" font-family: [^;]*;", "", svg)
    svg = re.sub(r"(\d+\.\d{2})\d+", r"\1", svg)
    head = f'<svg role="img" aria-label="{_attribute(alt)}"'
    svg = re.sub(r"<svg\b", lambda _: head, svg, count=1)
    return re.sub(
        r'(<svg[^>]*?) width="[^"]*pt" height="[^"]*pt"|(<svg[^>]*?) height="[^"]*pt"', _unsized, svg, count=1
    )


def _unsized(match):
    return match[1] or match[2]


def _attribute(text):
    pairs = (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;"), ("\n", " "))
    for plain, safe in pairs:
        text = text.replace(plain, safe)
    return text
