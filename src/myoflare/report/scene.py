"""What lies in a window of a section, before any dye: one layer (ny, nx) of coverage, 0 to 1, for each structure.

Layers: ``sarcoplasm``, ``sarcolemma``, ``basophilia``, ``necrosis``, ``endomysium``, ``perimysium``, ``collagen``,
``endothelium``, ``media``, ``blood``, ``nucleus``, ``body`` and ``cell.<kind>``. Where a structure carries a mark of
its fibre or capillary, ``layer("sarcolemma MHC1")`` gives the product.
"""

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from myoflare.base.streams import stream
from myoflare.report.dyes import stains_text
from myoflare.report.stamps import blob, disc, ellipse, ring
from myoflare.tissue.fascicle import repaint
from myoflare.tissue.outline import carve
from myoflare.tissue.records import RESIDENT_KINDS
from myoflare.tissue.states import CELL_KINDS, CELL_STATES, FIBRE_STATES, healthy_fibres, healthy_vessels, no_cells

GRAIN, MOTTLE = 0.7, 5.0  # um, scales of the texture of sarcoplasm
FIBRIL = 3.2  # um, from one collagen bundle to the next
ROUGH = 0.3  # um, how far an outline strays at the scale of 2 um
RIM = 0.8  # um, how thick a membrane looks
DEAD = ("necrotic", "gap")
IN_FIBRE = 2.0  # um: a cell this deep in a dead fibre does not push the outline


class Scene:
    """A window ``(x0, y0, width, height)`` in um of a fascicle at ``pixel`` um, with its cells and states."""

    def __init__(self, fascicle, window, pixel, cells=None, fibres=None, vessels=None):
        self.fascicle, self.pixel, (self.x0, self.y0, width, height) = fascicle, pixel, window
        self.cells = no_cells() if cells is None else cells
        self.fibres = healthy_fibres(fascicle) if fibres is None else fibres
        self.vessels = healthy_vessels(fascicle) if vessels is None else vessels
        self.shape = round(height / pixel), round(width / pixel)
        self.looks, self.shapes = stains_text()["looks"], stains_text()["nuclei"]
        self.layers = {}
        self._tissue()
        self._vessels()
        self._nuclei()
        self._cells()
        self._settle()

    def layer(self, name):
        """Coverage of a structure, times a mark where ``name`` is "structure MARK"; None where nothing is there."""
        structure, _, mark = name.partition(" ")
        if structure == "endothelium" and mark:
            return self.layers.get(name)
        found = self.layers.get(structure)
        if found is None or not mark:
            return found
        values = np.concatenate([[0], getattr(self.fibres, mark)]).astype(np.float32)
        return found * values[self.label]

    def _draw(self, what):
        return stream(self.fascicle.seed, "slide", what)

    def _noise(self, what, scale):
        """Smooth noise of mean 0 and SD 1, ``scale`` in um."""
        sigma = max(scale / self.pixel, 0.3)
        step = max(1, int(sigma / 2))  # coarse noise is drawn coarse: a wide filter over every pixel takes seconds
        raw = self._draw(what).standard_normal([n // step + 4 for n in self.shape], dtype=np.float32)
        smooth = gaussian_filter(raw, sigma / step, mode="reflect", truncate=3.0)
        if step > 1:
            smooth = zoom(smooth, step, order=1, grid_mode=True, mode="nearest")
        smooth = smooth[: self.shape[0], : self.shape[1]]
        return smooth / max(float(smooth.std()), 1e-6)

    def _tissue(self):
        ny, nx = self.shape
        radius = np.sqrt(self.fascicle.fibres.area_um2 / np.pi)
        self.inset = radius * (1 - np.sqrt(np.clip(self.fibres.size, 0.05, 1.0)))
        label, depth = repaint(self.fascicle, self.x0, self.y0, nx, ny, self.pixel, self.inset)
        dead = np.isin(self.fibres.state, [FIBRE_STATES.index(s) for s in DEAD])
        self._push(label, depth, dead)
        depth += np.float32(ROUGH) * self._noise("outline", 2.0)
        owner = np.maximum(label, 0)
        self.label, self.depth = owner, depth
        inside = np.clip(depth / self.pixel + 0.5, 0, 1) * (label > 0)
        perimysium = (label == -1).astype(np.float32)
        between = np.clip(1 - inside - perimysium, 0, 1)
        look = {k: self._look(k) for k in ("body", "basophilia", "patches", "collagen")}
        own = np.concatenate([[0], 1 + 0.05 * self._draw("fibres").standard_normal(len(self.fascicle.fibres))])
        mottle, grain = self._noise("mottle", MOTTLE), self._noise("grain", GRAIN)
        patches = np.clip(0.5 + 0.5 * self._noise("patches", 4.0), 0, 1)
        texture = own[owner] * (1 + 0.025 * mottle + 0.07 * grain) * (1 - look["patches"][owner] * patches)
        self.layers["sarcoplasm"] = (inside * look["body"][owner] * texture).astype(np.float32)
        self.layers["basophilia"] = (inside * look["basophilia"][owner] * (1 + 0.15 * grain)).astype(np.float32)
        self.layers["necrosis"] = (inside * np.concatenate([[0], dead])[owner]).astype(np.float32)
        self.layers["sarcolemma"] = (inside * np.exp(-((depth - 0.4) ** 2) / (2 * RIM**2))).astype(np.float32)
        cleft = np.clip(0.75 + 0.45 * self._noise("clefts", 9.0), 0.2, 1)  # endomysium tears off here and there
        self.layers["endomysium"] = (between * cleft).astype(np.float32)
        self._collagen(perimysium + inside * look["collagen"][owner])

    def _look(self, what):
        """A number of ``looks`` by label; 0 outside fibres."""
        return np.concatenate([[0], np.array([self.looks[s][what] for s in FIBRE_STATES])[self.fibres.state]])

    def _collagen(self, perimysium):
        """Wavy bundles along the perimysium, some loose, some dense, with clefts between them."""
        loose = np.clip(0.8 + 0.3 * self._noise("loose", 8.0), 0.25, 1)
        wave = self._noise("wave", 12.0) + 0.6 * self._noise("ripple", 4.0)
        fibrils = np.sin(2 * np.pi * self.depth / FIBRIL + 4.0 * wave) + np.sin(3.3 * self.depth / FIBRIL + 5.0 * wave)
        strength = np.clip(0.5 + 0.5 * self._noise("strength", 6.0), 0, 1)
        bundles = np.clip(0.5 + 0.3 * strength * fibrils + 0.12 * self._noise("fray", 0.8), 0, 1)
        self.layers["perimysium"] = (perimysium * loose).astype(np.float32)
        self.layers["collagen"] = (perimysium * loose * bundles).astype(np.float32)

    def _push(self, label, depth, dead):
        """Cells between fibres make room for themselves; those that eat a dead fibre lie in it."""
        if not len(self.cells):
            return
        body = np.array([max(self.shapes[k]["body"], self.shapes[k]["short"]) for k in CELL_KINDS])[self.cells.kind]
        j = np.clip(((self.cells.y - self.y0) / self.pixel).astype(int), 0, self.shape[0] - 1)
        i = np.clip(((self.cells.x - self.x0) / self.pixel).astype(int), 0, self.shape[1] - 1)
        here, deep = label[j, i], depth[j, i]
        eats = (here > 0) & (deep > IN_FIBRE) & np.concatenate([[False], dead])[np.maximum(here, 0)]
        out = (here != -1) & ~eats
        x, y, radius = (np.ascontiguousarray(a[out], float) for a in (self.cells.x, self.cells.y, 0.9 * body))
        carve(label, depth, self.x0, self.y0, self.pixel, x, y, radius, 0)

    def _at(self, x, y):
        return (x - self.x0) / self.pixel, (y - self.y0) / self.pixel

    def _seen(self, x, y, reach=20.0):
        px, py = self._at(np.asarray(x), np.asarray(y))
        edge = reach / self.pixel
        return np.flatnonzero((px > -edge) & (py > -edge) & (px < self.shape[1] + edge) & (py < self.shape[0] + edge))

    def _blank(self, name):
        return self.layers.setdefault(name, np.zeros(self.shape, np.float32))

    def _vessels(self):
        wall, blood, media, nucleus = (self._blank(n) for n in ("endothelium", "blood", "media", "nucleus"))
        self.lumen = np.zeros(self.shape, np.float32)
        marked = {m: self._blank(f"endothelium {m}") for m in ("MAC", "MxA")}
        capillaries, draw = self.fascicle.capillaries, self._draw("capillaries")
        luck = draw.random((len(capillaries), 4))
        for k in self._seen(capillaries.x, capillaries.y):
            if not self.vessels.present[k]:
                continue
            (x, y), r = self._at(capillaries.x[k], capillaries.y[k]), capillaries.radius[k] / self.pixel
            shape = {"flat": 0.65 + 0.35 * luck[k, 0], "angle": np.pi * luck[k, 1]}
            ring(wall, x, y, r, r - 1.0 / self.pixel, 1.0, **shape)
            disc(self.lumen, x, y, 0.55 * r)
            for mark, layer in marked.items():
                if getattr(self.vessels, mark)[k] > 0:
                    ring(layer, x, y, r, r - 1.2 / self.pixel, getattr(self.vessels, mark)[k], **shape)
            if luck[k, 2] < 0.3 and self.vessels.present[k]:
                disc(blood, x, y, 0.5 * r, 0.8)
            if luck[k, 3] < 0.4:  # two of five sections of a capillary meet a nucleus of its wall
                self._nucleus("endothelium", x, y, luck[k, 1] * 7, 0.75 * r)
        self._large_vessels(wall, blood, media, nucleus)

    def _large_vessels(self, wall, blood, media, nucleus):
        vessels, draw = self.fascicle.vessels, self._draw("vessels")
        for k in range(len(vessels)):
            (x, y), r = self._at(vessels.x[k], vessels.y[k]), vessels.radius[k] / self.pixel
            arteriole = vessels.kind[k] == 0
            inner = r * (0.5 if arteriole else 0.84)
            shape = {"flat": 0.9 if arteriole else 0.62, "angle": np.pi * draw.random()}
            ring(media, x, y, r, inner, 1.0 if arteriole else 0.5, **shape)
            ring(wall, x, y, inner + 1.2 / self.pixel, inner - 0.3 / self.pixel, 1.0, **shape)
            ring(self.lumen, x, y, inner, -1, **shape)
            for turn in draw.random(5 if arteriole else 3) * 2 * np.pi:
                self._nucleus("muscle" if arteriole else "endothelium", x, y, turn, 0.5 * (r + inner), shape)
            for _ in range(0 if arteriole else 16):  # red cells stay in venules
                away, turn = inner * 0.8 * np.sqrt(draw.random()), 2 * np.pi * draw.random()
                u, v = away * np.cos(turn), shape["flat"] * away * np.sin(turn)
                c, s = np.cos(shape["angle"]), np.sin(shape["angle"])
                disc(blood, x + u * c - v * s, y + u * s + v * c, 3.2 / self.pixel, 0.5 + 0.5 * draw.random())

    def _nucleus(self, kind, x, y, turn, away, shape=None):
        """A flat nucleus in a wall, ``away`` pixels from the middle at angle ``turn``."""
        flat, angle = (shape["flat"], shape["angle"]) if shape else (1.0, 0.0)
        u, v = away * np.cos(turn), flat * away * np.sin(turn)
        along = np.arctan2(flat * np.cos(turn), -np.sin(turn)) + angle
        c, s = np.cos(angle), np.sin(angle)
        self._stamp(kind, x + u * c - v * s, y + u * s + v * c, along)

    def _stamp(self, kind, x, y, angle, grow=1.0, phase=0.0):
        how = self.shapes[kind]
        long, short = how["long"] * grow / self.pixel, how["short"] * grow / self.pixel
        dark = how["dark"] * (0.75 + 0.25 * np.cos(5.0 * (x + y)) ** 2)  # the knife takes more of one, less of another
        ellipse(self.layers["nucleus"], x, y, long, short, angle, dark, how["vesicular"], 0.06, phase)

    def _nuclei(self):
        nuclei, fibres, draw = self.fascicle.myonuclei, self.fascicle.fibres, self._draw("nuclei")
        grow, phase = 0.8 + 0.4 * draw.random(len(nuclei)), 7 * draw.random(len(nuclei))
        has = np.array([self.looks[s]["nuclei"] for s in FIBRE_STATES])[self.fibres.state]
        for k in self._seen(nuclei.x, nuclei.y):
            if has[nuclei.fibre[k]]:
                x, y = self._moved_in(nuclei.x[k], nuclei.y[k], nuclei.angle[k], nuclei.fibre[k])
                self._stamp("myonucleus", *self._at(x, y), nuclei.angle[k], grow[k], phase[k])
        for k in np.flatnonzero(self.fibres.nuclei):  # a rebuilt fibre keeps nuclei in its middle
            spread = 0.22 * np.sqrt(fibres.area_um2[k] * self.fibres.size[k])
            for _ in range(int(self.fibres.nuclei[k])):
                dx, dy = spread * draw.standard_normal(2)
                self._stamp("regenerating", *self._at(fibres.x[k] + dx, fibres.y[k] + dy), 3 * draw.random())
        residents = self.fascicle.residents
        for k in self._seen(residents.x, residents.y):
            kind, fibre = RESIDENT_KINDS[residents.kind[k]], residents.fibre[k]
            x, y = residents.x[k], residents.y[k]
            if fibre >= 0:
                x, y = self._moved_in(x, y, residents.angle[k], fibre)
            self._body(kind, *self._at(x, y), residents.angle[k], draw)

    def _moved_in(self, x, y, angle, fibre):
        """Where a place on the outline goes when the fibre shrinks."""
        inset = self.inset[fibre]
        if abs(inset) < 0.05:
            return x, y
        nx, ny = -np.sin(angle), np.cos(angle)
        sign = np.sign(nx * (self.fascicle.fibres.x[fibre] - x) + ny * (self.fascicle.fibres.y[fibre] - y))
        return x + sign * inset * nx, y + sign * inset * ny

    def _body(self, kind, x, y, angle, draw, size=1.0):
        """A cell: its body, and its nucleus or lobes in it."""
        how = self.shapes[kind]
        if how["body"]:
            radius = how["body"] * (0.9 + 0.2 * draw.random()) / self.pixel
            shape = 0.18 if how["body"] > 4.7 else 0.05, 7 * draw.random(), 1.2 / self.pixel
            blob(self._blank(f"cell.{kind}"), x, y, radius, *shape)
            blob(self._blank("body"), x, y, radius, *shape)
        turn = 2 * np.pi * draw.random()
        for lobe in range(how.get("lobes", 1)):
            aside = (how.get("aside", 0) if how.get("lobes", 1) == 1 else 1.7) / self.pixel
            at = turn + 2.1 * lobe
            self._stamp(
                kind, x + aside * np.cos(at), y + aside * np.sin(at), angle, size * (0.9 + 0.2 * draw.random()), turn
            )

    def _cells(self):
        draw = self._draw("cells")
        angles, size = 2 * np.pi * draw.random(len(self.cells)), stains_text()["cell_states"]
        for k in self._seen(self.cells.x, self.cells.y):
            kind, state = CELL_KINDS[self.cells.kind[k]], CELL_STATES[self.cells.state[k]]
            self._body(kind, *self._at(self.cells.x[k], self.cells.y[k]), angles[k], draw, size[state])

    def _settle(self):
        """What lies on top takes the place of what lies beneath."""
        nucleus = np.clip(self.layers["nucleus"], 0, 1)
        chromatin = 1 + 0.16 * self._noise("chromatin", 0.5)
        solid = np.maximum.reduce([self.layers["media"], self.layers["endothelium"], self.lumen])
        body = self.layers.get("body", np.zeros(self.shape, np.float32))
        for name in ("sarcoplasm", "endomysium", "perimysium", "collagen", "sarcolemma"):
            self.layers[name] *= 1 - np.maximum(np.maximum(solid, 0.85 * body), 0.5 * nucleus)
        for name in [n for n in self.layers if n.startswith("cell.")]:
            self.layers[name] *= 1 - 0.8 * nucleus
        self.layers["nucleus"] *= chromatin
