"""Draw compositions without a landscape: heads, objects, halves, grids, bursts and geometry."""

from copy import copy
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw

from posterplot.demo.art.brief import EMBLEMS, LANDMARKS, PEOPLE, Brief
from posterplot.demo.art.canvas import (
    H,
    W,
    clouds,
    disc,
    glow,
    gradient,
    mix,
    place,
    rays,
    ridge,
    smooth,
    stars,
)
from posterplot.demo.art.people import profile


def emblem(brief: Brief, rng: Random) -> Image.Image:
    """Draw one object on a background of cut paper."""
    p = brief.palette
    ground, paper = rng.choice(
        ((p.light, p.high), (p.high, p.light), (p.deep, p.mid), (p.accent, p.light),
         (p.dark, p.deep), (p.mid, p.high))
    )  # fmt: skip
    sheet = Image.new("RGB", (W, H), ground)
    pen = ImageDraw.Draw(sheet)
    x, y, size = W / 2 + rng.uniform(-40, 40), rng.uniform(0.6, 0.68) * H, rng.uniform(300, 420)
    cut = rng.choice(("scrap", "disc", "band", "shadow", "nothing"))
    if cut == "scrap":
        turns = sorted(rng.uniform(0, 2 * pi) for _ in range(9))
        reach = [rng.uniform(240, 320) for _ in turns]
        corners = zip(turns, reach, strict=True)
        pen.polygon([(x + r * cos(t), y - size / 2 + r * sin(t)) for t, r in corners], fill=paper)
    elif cut == "disc":
        disc(sheet, x, y - size / 2, rng.uniform(210, 270), paper)
    elif cut == "band":
        lean = rng.uniform(-160, 160)
        pen.polygon(
            ((x - 130, 0), (x + 130, 0), (x + 130 + lean, H), (x - 130 + lean, H)), fill=paper
        )
    dim = mix(ground, p.dark, 0.35)
    if cut == "shadow":
        # with a copy of the generator, the shadow has the shape of the object that is drawn next
        EMBLEMS[brief.emblem](sheet, x + 34, y + 26, size, dim, dim, copy(rng))
    ink, shine = (p.dark, p.light) if ground != p.dark else (p.accent, p.light)
    if ground == p.light or paper == p.light:
        shine = rng.choice((p.accent, p.high)) if cut != "nothing" else p.accent
    EMBLEMS[brief.emblem](sheet, x, y, size, ink, shine, rng)
    return sheet


def bust(brief: Brief, rng: Random) -> Image.Image:
    """Draw a head in profile with a landscape inside it."""
    p = brief.palette
    pale = rng.random() < 0.55
    sheet = gradient((p.light, mix(p.light, p.high, 0.6)) if pale else (p.deep, p.dark))
    if not pale:
        glow(sheet, W / 2, 0.42 * H, 430, p.mid, 0.9)
    outline = Image.new("L", (W, H))
    pen = ImageDraw.Draw(outline)
    flip = rng.random() < 0.5
    x, floor = W / 2 + rng.uniform(-60, 60), rng.uniform(0.58, 0.68) * H
    for shape in profile(x, floor + 0.14 * H, rng.uniform(440, 620), rng, flip=flip):
        pen.polygon(shape, fill=255)
    inside = gradient((p.deep, p.mid, p.high, p.high))
    if rng.random() < 0.4:
        stars(inside, 70, 0.5 * H, p.light, rng)
    disc(
        inside,
        x + rng.uniform(-90, 90),
        floor - rng.uniform(150, 260),
        rng.uniform(40, 90),
        p.light,
    )
    ImageDraw.Draw(inside).polygon(ridge(floor - 40, 40, 0.45, rng), fill=mix(p.mid, p.dark, 0.4))
    LANDMARKS[brief.landmark](
        inside, x + rng.uniform(-40, 40), floor, rng.uniform(170, 260), p.dark, p.light, rng
    )
    ImageDraw.Draw(inside).rectangle((0, floor, W, H), fill=p.dark)
    sheet.paste(inside, (0, 0), outline)
    return sheet


def pair(brief: Brief, rng: Random) -> Image.Image:
    """Draw two heads that face each other."""
    p = brief.palette
    sheet = gradient(
        rng.choice(((p.mid, p.high, p.light), (p.deep, p.mid, p.high), (p.light, p.high)))
    )
    if rng.random() < 0.6:
        disc(sheet, W / 2, 0.36 * H, rng.uniform(120, 220), rng.choice((p.accent, p.light)))
    if rng.random() < 0.4:
        clouds(sheet, p.light, 0.4, rng)
    pen = ImageDraw.Draw(sheet)
    for side, ink in ((-1, p.dark), (1, rng.choice((p.dark, p.deep, p.accent)))):
        size = rng.uniform(420, 500)
        x = W / 2 + side * rng.uniform(0.41, 0.5) * size
        for shape in profile(x, 0.78 * H, size, rng, flip=side == 1):
            pen.polygon(shape, fill=ink)
    pen.rectangle((0, 0.775 * H, W, H), fill=p.dark)
    return sheet


def halves(brief: Brief, rng: Random) -> Image.Image:
    """Draw two people, one in each half."""
    p = brief.palette
    left, right = rng.sample((p.accent, p.high, p.mid, p.light, p.deep), 2)
    sheet = Image.new("RGB", (W, H), left)
    pen = ImageDraw.Draw(sheet)
    lean = rng.choice((0, 0, 120, -120))
    pen.polygon(((W / 2 + lean, 0), (W, 0), (W, H), (W / 2 - lean, H)), fill=right)
    foot = rng.uniform(0.66, 0.72) * H
    for x, name, ground in (
        (0.27 * W, brief.person, left),
        (0.73 * W, rng.choice(list(PEOPLE)), right),
    ):
        ink = p.dark if ground != p.dark else p.light
        disc(sheet, x, foot - 170, 125, mix(ground, p.light, 0.4))
        PEOPLE[name](sheet, x, foot, rng.uniform(290, 350), ink, p.accent, rng)
    pen.rectangle((0, foot - 4, W, H), fill=p.dark)
    return sheet


def grid(brief: Brief, rng: Random) -> Image.Image:
    """Draw a grid of small pictures."""
    p = brief.palette
    columns, rows = rng.choice(((2, 3), (3, 3), (3, 4)))
    sheet = Image.new("RGB", (W, H), rng.choice((p.dark, p.light)))
    gap, top, foot = 14, 150, int(0.84 * H)
    wide, tall = (W - gap * (columns + 1)) // columns, (foot - top) // rows - gap
    tones = (p.accent, p.high, p.mid, p.light, p.deep)
    turn = rng.randrange(5)
    for row in range(rows):
        for column in range(columns):
            ground = tones[(turn + 2 * row + column) % 5]
            tile = Image.new("RGB", (wide, tall), ground)
            ink = p.dark if ground != p.deep else p.light
            pool = rng.choice((EMBLEMS, PEOPLE, EMBLEMS))
            named = brief.emblem if pool is EMBLEMS else brief.person
            name = named if rng.random() < 0.45 else rng.choice(list(pool))
            shine = mix(ground, p.light, 0.8) if ground != p.light else p.accent
            pool[name](tile, wide / 2, 0.9 * tall, 0.76 * min(tall, 1.2 * wide), ink, shine, rng)
            sheet.paste(tile, (gap + column * (wide + gap), top + row * (tall + gap)))
    return sheet


def burst(brief: Brief, rng: Random) -> Image.Image:
    """Draw a running person in front of an explosion of light."""
    p = brief.palette
    sheet = gradient((p.dark, p.deep, p.mid, p.deep))
    x, y = rng.uniform(0.35, 0.65) * W, rng.uniform(0.36, 0.5) * H
    rays(sheet, x, y, rng.randrange(11, 21), p.high, 0.5, rng.random())
    for radius, colour in ((360, p.accent), (260, p.high), (150, p.light)):
        glow(sheet, x, y, radius, colour, 0.95)
    LANDMARKS["skyline"](sheet, 0, 0.72 * H, 200, mix(p.dark, p.mid, 0.45), p.high, rng)
    pen = ImageDraw.Draw(sheet)
    for _ in range(26):
        turn, far, side = rng.uniform(0, 2 * pi), rng.uniform(140, 480), rng.uniform(4, 20)
        cx, cy = x + far * cos(turn), y + far * sin(turn)
        jags = [(rng.uniform(-side, side), rng.uniform(-side, side)) for _ in range(4)]
        pen.polygon([(cx + jx, cy + jy) for jx, jy in jags], fill=p.dark)
    pen.rectangle((0, 0.72 * H, W, H), fill=p.dark)
    if rng.random() < 0.35:
        LANDMARKS["car"](sheet, x, 0.74 * H, 260, p.dark, p.light, rng)
    else:
        PEOPLE[brief.person](sheet, x, 0.76 * H, rng.uniform(330, 430), p.dark, p.light, rng)
    return sheet


def geometry(brief: Brief, rng: Random) -> Image.Image:
    """Draw circles, bars and quarters on a grid of squares."""
    p = brief.palette
    sheet = Image.new("RGB", (W, H), rng.choice((p.light, p.dark, p.high)))
    pen = ImageDraw.Draw(sheet)
    unit = W // rng.choice((3, 4, 5))
    tones = (p.accent, p.deep, p.mid, p.high, p.light, p.dark)
    for row in range(int(0.72 * H) // unit):
        for column in range(W // unit):
            x, y, tone = column * unit, row * unit, rng.choice(tones)
            box = (x, y, x + unit, y + unit)
            kind = rng.choice(("disc", "quarter", "bar", "square", "none", "none"))
            if kind == "disc":
                pen.ellipse(box, fill=tone)
            elif kind == "quarter":
                dx, dy, start = rng.choice(((0, 0, 180), (1, 0, 270), (1, 1, 0), (0, 1, 90)))
                left, top = x - dx * unit, y - dy * unit
                round_box = (left, top, left + 2 * unit, top + 2 * unit)
                pen.pieslice(round_box, start, start + 90, fill=tone)
            elif kind == "bar":
                pen.rectangle((x, y + unit // 3, x + unit, y + 2 * unit // 3), fill=tone)
            elif kind == "square":
                pen.rectangle(box, fill=tone)
    return sheet


def creature(brief: Brief, rng: Random) -> Image.Image:
    """Draw a round animal with large eyes, in flat colours."""
    p = brief.palette
    sheet = gradient((p.mid, mix(p.mid, p.light, 0.5)))
    if rng.random() < 0.5:
        rays(sheet, W / 2, 0.5 * H, 12, p.light, 0.28, rng.random())
    pen = ImageDraw.Draw(sheet)
    for base, tone in ((0.6, mix(p.high, p.mid, 0.45)), (0.68, p.high)):
        pen.polygon(ridge(base * H, 50, 0.3, rng), fill=tone)
    x, y, size = W / 2 + rng.uniform(-40, 40), 0.72 * H, rng.uniform(270, 360)
    fur = rng.choice((p.accent, p.deep, p.accent))
    tummy = mix(fur, p.light, 0.6)
    ears = rng.choice(("round", "long", "horn", "feeler"))
    for side in (-1, 1):
        ear = x + side * 0.26 * size
        if ears == "round":
            disc(sheet, ear + side * 20, y - 0.86 * size, 0.16 * size, fur)
            disc(sheet, ear + side * 20, y - 0.86 * size, 0.09 * size, tummy)
        elif ears == "long":
            pen.ellipse((ear - 34, y - 1.35 * size, ear + 34, y - 0.7 * size), fill=fur)
            pen.ellipse((ear - 15, y - 1.28 * size, ear + 15, y - 0.8 * size), fill=tummy)
        elif ears == "horn":
            pen.polygon(((ear - 36, y - 0.75 * size), (ear + side * 46, y - 1.18 * size),
                         (ear + 36, y - 0.75 * size)), fill=p.light)  # fmt: skip
        else:
            pen.line((ear, y - 0.8 * size, ear + side * 40, y - 1.15 * size), fur, 9)
            disc(sheet, ear + side * 40, y - 1.15 * size, 20, p.light)
        disc(sheet, x + side * 0.22 * size, y - 8, 0.14 * size, mix(fur, p.dark, 0.2))
        arm = place(((0.38, -0.5), (0.62, -0.62 * rng.random() - 0.1), (0.55, -0.2), (0.4, -0.3)),
                    x, y, size, flip=side < 0)  # fmt: skip
        pen.polygon(smooth(arm), fill=fur)
    body = ((-0.42, -0.1), (-0.46, -0.5), (-0.36, -0.85), (0.0, -0.98), (0.36, -0.85), (0.46, -0.5),
            (0.42, -0.1), (0.0, 0.02))  # fmt: skip
    pen.polygon(smooth(place(body, x, y, size)), fill=fur)
    pen.ellipse((x - 0.27 * size, y - 0.44 * size, x + 0.27 * size, y - 0.03 * size), fill=tummy)
    eyes = rng.choice((1, 2, 2, 2, 3))
    reach = rng.uniform(0.1, 0.15) * size
    look = rng.uniform(-0.4, 0.4) * reach
    for n in range(eyes):
        ex = x + (n - (eyes - 1) / 2) * 2.05 * reach
        disc(sheet, ex, y - 0.68 * size, reach, (255, 255, 255))
        disc(sheet, ex + look, y - 0.67 * size, 0.52 * reach, p.dark)
        disc(sheet, ex + look + 6, y - 0.7 * size, 0.16 * reach, (255, 255, 255))
    smile = (x - 0.16 * size, y - 0.62 * size, x + 0.16 * size, y - 0.42 * size)
    pen.chord(smile, 10, 170, fill=p.dark)
    return sheet
