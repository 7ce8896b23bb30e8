"""Draw compositions with a landscape and a sky."""

from random import Random

from PIL import Image, ImageDraw

from posterplot.demo.art.brief import LANDMARKS, PEOPLE, Brief
from posterplot.demo.art.canvas import (
    Colour,
    H,
    W,
    clouds,
    disc,
    glow,
    gradient,
    mix,
    rays,
    ridge,
    stars,
    veil,
)


def _sky(brief: Brief, rng: Random) -> Image.Image:
    """Draw a sky at dusk, by day or at night, perhaps with clouds or stars."""
    p = brief.palette
    kind = rng.choice(("dusk", "dusk", "day", "night"))
    if kind == "night":
        sheet = gradient((p.dark, p.deep, p.deep, p.mid, mix(p.mid, p.high, 0.4)))
        stars(sheet, rng.randrange(30, 110), 0.55 * H, mix(p.mid, p.light, 0.8), rng)
    elif kind == "dusk":
        sheet = gradient((p.deep, mix(p.deep, p.mid, 0.6), p.mid, p.high, p.high, p.light))
    else:
        sheet = gradient((p.mid, mix(p.mid, p.high, 0.7), p.high, p.light, p.light))
    if rng.random() < 0.6:
        clouds(sheet, mix(p.high, p.light, rng.random()), rng.uniform(0.2, 0.6), rng)
    return sheet


def _sun(sheet: Image.Image, brief: Brief, x: float, y: float, radius: float, rng: Random) -> None:
    p = brief.palette
    colour = rng.choice((p.light, p.light, p.accent))
    glow(sheet, x, y, radius * rng.uniform(2.2, 3.6), mix(colour, p.high, 0.3), 0.8)
    disc(sheet, x, y, radius, colour)


def _ridges(
    sheet: Image.Image, far: Colour, near: Colour, top: float, count: int, roughness: float,
    rng: Random,
) -> float:  # fmt: skip
    """Draw ranges of hills, the nearest the darkest; return the height at which it begins."""
    pen = ImageDraw.Draw(sheet)
    step = (0.86 * H - top) / max(1, count)
    base = top
    for n in range(count):
        colour = mix(far, near, (n + 1) / count)
        rise = 0.5 * step + 12 if n == count - 1 else step * 0.8 + 22
        pen.polygon(ridge(base, rise * (0.4 if n == count - 1 else 1), roughness, rng), fill=colour)
        if n < count - 1:
            veil(sheet, base, base + 1.6 * step, mix(colour, far, 0.7), 0.0, 0.55)
        base += step
    return base - step


def horizon(brief: Brief, rng: Random) -> Image.Image:
    """Draw hills under a sky, a landmark, and perhaps a small person in front of it."""
    p = brief.palette
    sheet = _sky(brief, rng)
    level = rng.uniform(0.5, 0.68) * H
    sun = (rng.uniform(0.2, 0.8) * W, level - rng.uniform(-20, 170))
    if rng.random() < 0.35:
        rays(sheet, *sun, rng.randrange(9, 16), p.light, 0.16, rng.random())
    _sun(sheet, brief, *sun, rng.uniform(45, 150), rng)
    ground = _ridges(sheet, mix(p.high, p.mid, 0.6), p.dark, level, rng.randrange(2, 5),
                     rng.uniform(0.34, 0.58), rng)  # fmt: skip
    foot = ground + 26
    x = rng.choice((0.3, 0.5, 0.68)) * W
    LANDMARKS[brief.landmark](sheet, x, foot, rng.uniform(230, 330), p.dark, p.light, rng)
    ImageDraw.Draw(sheet).rectangle((0, foot + 4, W, H), fill=p.dark)
    if rng.random() < 0.7:
        side = x + (200 if x < W / 2 else -200)
        PEOPLE[brief.person](sheet, side, foot + 16, rng.uniform(100, 190), p.dark, p.accent, rng)
    return sheet


def sea(brief: Brief, rng: Random) -> Image.Image:
    """Draw a landmark and its reflection on open water."""
    p = brief.palette
    sheet = _sky(brief, rng)
    level = int(rng.uniform(0.52, 0.64) * H)
    _sun(sheet, brief, rng.uniform(0.25, 0.75) * W, level - rng.uniform(0, 120),
         rng.uniform(50, 130), rng)  # fmt: skip
    LANDMARKS[brief.landmark](sheet, W / 2, level + 8, rng.uniform(250, 330), p.dark, p.light, rng)
    mirror = sheet.crop((0, 2 * level - H, W, level)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    sheet.paste(
        Image.blend(mirror, gradient((p.mid, p.deep, p.dark), mirror.size), 0.62), (0, level)
    )
    pen = ImageDraw.Draw(sheet)
    for _ in range(70):
        y = level + (H - level) * rng.random() ** 1.6
        long = 14 + 0.5 * (y - level) * rng.random()
        x = rng.uniform(-40, W)
        pen.line(
            (x, y, x + long, y), mix(p.mid, p.light, rng.uniform(0.2, 0.9)), rng.choice((2, 2, 4))
        )
    return sheet


def street(brief: Brief, rng: Random) -> Image.Image:
    """Draw a street at night between two rows of buildings."""
    p = brief.palette
    sheet = gradient((p.dark, p.deep, p.mid, p.mid, p.high))
    vanish = (W / 2 + rng.uniform(-140, 140), rng.uniform(0.42, 0.6) * H)
    broad, shrink = rng.uniform(330, 480), rng.uniform(0.6, 0.8)
    glow(sheet, *vanish, 420, mix(p.high, p.light, 0.5), 0.9)
    pen = ImageDraw.Draw(sheet)
    for side in (-1, 1):
        depth = 1.0
        while depth > 0.12:
            near, far = depth, depth * shrink
            xs = [vanish[0] + side * d * broad for d in (far, near)]
            tall = rng.uniform(0.75, 1.3)
            tops = [vanish[1] - d * tall * 620 for d in (far, near)]
            feet = [vanish[1] + d * 330 for d in (far, near)]
            wall = mix(p.dark, p.mid, (1 - depth) * 0.7)
            pen.polygon(
                ((xs[0], tops[0]), (xs[1], tops[1]), (xs[1], feet[1]), (xs[0], feet[0])), fill=wall
            )
            for row in range(8):
                for column in range(3):
                    if rng.random() < 0.22:
                        s = 0.2 + 0.25 * column
                        x = xs[0] + (xs[1] - xs[0]) * s
                        d = far + (near - far) * s
                        y = vanish[1] - d * (tall * 560 - row * 80)
                        pen.rectangle(
                            (x, y, x + 22 * d, y + 34 * d), fill=mix(wall, p.accent, 0.75)
                        )
            depth = far
    road = ((vanish[0] - 12, vanish[1]), (vanish[0] + 12, vanish[1]), (W + 180, H), (-180, H))
    pen.polygon(road, fill=mix(p.dark, p.deep, 0.5))
    shine = ((vanish[0] - 5, vanish[1]), (vanish[0] + 5, vanish[1]), (W * 0.7, H), (W * 0.3, H))
    pen.polygon(shine, fill=mix(p.deep, p.high, 0.28))
    x, foot = W / 2 + rng.uniform(-90, 90), rng.uniform(0.72, 0.82) * H
    if rng.random() < 0.4:
        LANDMARKS["car"](sheet, x, foot, 190, p.dark, p.light, rng)
    else:
        PEOPLE[brief.person](sheet, x, foot, rng.uniform(230, 330), p.dark, p.accent, rng)
    if rng.random() < 0.5:
        for _ in range(160):
            x, y = rng.uniform(0, W), rng.uniform(0, H)
            pen.line((x, y, x - 6, y + 28), mix(p.mid, p.light, 0.4), 1)
    return sheet


def threshold(brief: Brief, rng: Random) -> Image.Image:
    """Draw a dark room with a person in a lit doorway."""
    p = brief.palette
    wall = mix(p.dark, p.deep, rng.uniform(0.2, 0.8))
    sheet = gradient((mix(wall, p.dark, 0.5), wall))
    wide, tall = rng.uniform(75, 120), rng.uniform(300, 430)
    x, foot = rng.uniform(0.35, 0.65) * W, rng.uniform(0.6, 0.69) * H
    shine = rng.choice((p.light, p.high, p.accent))
    glow(sheet, x, foot - tall / 2, 400, shine, 0.35)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((0, foot, W, H), fill=mix(p.dark, wall, 0.35))
    lean = rng.uniform(-160, 160)
    spill = (
        (x - wide, foot),
        (x + wide, foot),
        (x + 2.4 * wide + lean, H),
        (x - 2.4 * wide + lean, H),
    )
    pen.polygon(spill, fill=mix(wall, shine, 0.55))
    shape = rng.choice(("door", "arch", "window"))
    if shape == "arch":
        pen.ellipse((x - wide, foot - tall - wide, x + wide, foot - tall + wide), fill=shine)
    pen.rectangle((x - wide, foot - tall, x + wide, foot), fill=shine)
    if shape == "window":
        for cross in (-0.02, 0.98):
            pen.rectangle(
                (x - wide + cross * wide, foot - tall, x - wide + cross * wide + 10, foot),
                fill=wall,
            )
        for bar in (0.3, 0.65):
            pen.rectangle((x - wide, foot - bar * tall, x + wide, foot - bar * tall + 8), fill=wall)
    PEOPLE[brief.person](sheet, x, foot + 14, 0.62 * tall, p.dark, p.accent, rng)
    shadow = ((x - 26, foot + 10), (x + 26, foot + 10), (x + 60 + lean, H), (x - 60 + lean, H))
    pen.polygon(shadow, fill=mix(p.dark, wall, 0.2))
    return sheet


def orb(brief: Brief, rng: Random) -> Image.Image:
    """Draw a large disc or concentric rings, and a very small person below."""
    p = brief.palette
    night = rng.random() < 0.7
    sheet = gradient((p.dark, p.deep, p.mid) if night else (p.light, p.high, p.mid))
    if night:
        stars(sheet, 90, 0.8 * H, mix(p.mid, p.light, 0.7), rng)
    x, y, radius = rng.uniform(0.35, 0.65) * W, rng.uniform(0.3, 0.42) * H, rng.uniform(130, 230)
    glow(sheet, x, y, 2.1 * radius, p.high, 0.8)
    if rng.random() < 0.5:
        for ring in range(rng.randrange(4, 9), 0, -1):
            tone = (p.accent, p.light, p.high, p.deep)[ring % 4]
            disc(sheet, x, y, radius * ring / 6, tone)
    else:
        ball = gradient(
            (p.light, p.high, p.mid, p.deep, p.dark), (int(2 * radius), int(2 * radius))
        )
        ball = ball.rotate(rng.uniform(-60, 60), Image.Resampling.BILINEAR)
        cut = Image.new("L", ball.size)
        ImageDraw.Draw(cut).ellipse((0, 0, *ball.size), fill=255)
        sheet.paste(ball, (int(x - radius), int(y - radius)), cut)
        if rng.random() < 0.5:
            band = (x - 1.7 * radius, y - 0.28 * radius, x + 1.7 * radius, y + 0.28 * radius)
            ImageDraw.Draw(sheet).arc(band, 0 - 28, 180 + 28, p.light, 7)
    foot = rng.uniform(0.76, 0.82) * H
    hill = ridge(foot, rng.uniform(5, 60), 0.4, rng)
    ImageDraw.Draw(sheet).polygon(hill, fill=p.dark)
    middle = hill[len(hill) // 2 - 1][1]
    PEOPLE[brief.person](sheet, W / 2, middle + 8, rng.uniform(80, 150), p.dark, p.accent, rng)
    return sheet
