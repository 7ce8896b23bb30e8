"""Draw silhouettes of people, faces and creatures.

The feet of each are at (x, y), and the height is about ``size``; see ``canvas.place``.
"""

from random import Random

from PIL import Image, ImageDraw

from posterplot.demo.art.canvas import Colour, Point, disc, mix, place, smooth

# a head in profile, looking to the right, from the neck over the top and down the face
PROFILE: tuple[Point, ...] = (
    (-0.52, 0.0), (-0.44, -0.11), (-0.27, -0.2), (-0.22, -0.3), (-0.27, -0.4), (-0.37, -0.52),
    (-0.41, -0.67), (-0.36, -0.83), (-0.22, -0.94), (-0.03, -0.99), (0.14, -0.96), (0.26, -0.87),
    (0.31, -0.76), (0.315, -0.69), (0.3, -0.645), (0.335, -0.58), (0.395, -0.51), (0.385, -0.485),
    (0.325, -0.468), (0.34, -0.44), (0.35, -0.415), (0.325, -0.398), (0.345, -0.375),
    (0.33, -0.35), (0.305, -0.335), (0.325, -0.3), (0.31, -0.255), (0.25, -0.225), (0.15, -0.235),
    (0.09, -0.225), (0.07, -0.17), (0.11, -0.11), (0.25, -0.06), (0.46, 0.0),
)  # fmt: skip
HAIR: dict[str, tuple[Point, ...]] = {
    "bun": ((-0.36, -0.83), (-0.5, -0.86), (-0.58, -0.75), (-0.53, -0.64), (-0.4, -0.62)),
    "long": (
        (-0.2, -0.96), (-0.45, -0.8), (-0.5, -0.5), (-0.56, -0.2), (-0.4, -0.05), (-0.2, -0.15),
        (-0.1, -0.5),
    ),
    "quiff": ((-0.1, -0.98), (0.1, -1.06), (0.3, -1.04), (0.38, -0.95), (0.3, -0.84), (0.1, -0.9)),
    "cap": ((-0.42, -0.74), (-0.36, -0.94), (-0.05, -1.06), (0.24, -0.95), (0.55, -0.77),
            (0.3, -0.79)),
    "none": (),
}  # fmt: skip
COAT: tuple[Point, ...] = (
    (-0.055, -0.83), (-0.15, -0.79), (-0.18, -0.6), (-0.2, -0.4), (-0.15, -0.38), (-0.13, -0.5),
    (-0.14, -0.3), (-0.18, -0.12), (-0.09, -0.13), (-0.1, 0.0), (-0.015, 0.0), (0.0, -0.14),
    (0.03, 0.0), (0.11, 0.0), (0.09, -0.13), (0.18, -0.13), (0.14, -0.3), (0.13, -0.5),
    (0.16, -0.38), (0.2, -0.4), (0.18, -0.6), (0.15, -0.79), (0.055, -0.83),
)  # fmt: skip
RUNNER: tuple[Point, ...] = (
    (0.12, -0.8), (0.03, -0.78), (-0.12, -0.72), (-0.3, -0.56), (-0.27, -0.5), (-0.1, -0.6),
    (-0.07, -0.5), (-0.1, -0.36), (-0.2, -0.24), (-0.42, -0.2), (-0.43, -0.13), (-0.16, -0.14),
    (0.0, -0.3), (0.1, -0.24), (0.13, -0.02), (0.25, 0.0), (0.25, -0.05), (0.2, -0.07),
    (0.2, -0.32), (0.08, -0.44), (0.14, -0.6), (0.24, -0.52), (0.4, -0.62), (0.37, -0.67),
    (0.25, -0.6), (0.18, -0.74),
)  # fmt: skip
HORSE: tuple[Point, ...] = (
    (-0.5, -0.48), (-0.42, -0.58), (-0.15, -0.57), (0.1, -0.58), (0.25, -0.72), (0.36, -0.86),
    (0.39, -0.8), (0.45, -0.76), (0.56, -0.6), (0.52, -0.55), (0.4, -0.62), (0.34, -0.44),
    (0.28, -0.3), (0.36, -0.15), (0.3, 0.0), (0.25, 0.0), (0.28, -0.14), (0.18, -0.27),
    (0.17, 0.0), (0.12, 0.0), (0.12, -0.28), (-0.2, -0.29), (-0.32, -0.16), (-0.26, 0.0),
    (-0.31, 0.0), (-0.4, -0.16), (-0.36, -0.28), (-0.44, -0.14), (-0.44, 0.0), (-0.49, 0.0),
    (-0.48, -0.2), (-0.46, -0.36), (-0.54, -0.3), (-0.58, -0.1), (-0.6, -0.3),
)  # fmt: skip


def _polygon(sheet: Image.Image, points: list[Point], fill: Colour) -> None:
    ImageDraw.Draw(sheet).polygon(points, fill=fill)


def profile(
    x: float, y: float, size: float, rng: Random, *, flip: bool = False
) -> list[list[Point]]:
    """Return the outlines of a head in profile with hair, looking right, or left if flipped."""
    hair = HAIR[rng.choice(("none", "none", "bun", "long", "quiff", "cap"))]
    shapes = [PROFILE, hair] if hair else [PROFILE]
    return [smooth(place(shape, x, y, size, flip=flip)) for shape in shapes]


def hat(sheet: Image.Image, x: float, y: float, size: float, ink: Colour) -> None:
    """Draw a wide-brimmed hat whose brim lies at (x, y); ``size`` is the brim's width."""
    brim = ((-0.5, -0.08), (-0.25, -0.01), (0.0, 0.02), (0.25, -0.01), (0.5, -0.08), (0.3, 0.06),
            (0.0, 0.1), (-0.3, 0.06))  # fmt: skip
    crown = ((-0.24, 0.04), (-0.2, -0.26), (-0.08, -0.33), (0.0, -0.29), (0.08, -0.33),
             (0.2, -0.26), (0.24, 0.04))  # fmt: skip
    _polygon(sheet, smooth(place(brim, x, y, size)), ink)
    _polygon(sheet, smooth(place(crown, x, y, size)), ink)


def stranger(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a person in a long coat."""
    _polygon(sheet, smooth(place(COAT, x, y, size), 3), ink)
    disc(sheet, x, y - 0.9 * size, 0.068 * size, ink)
    if rng.random() < 0.3:
        hat(sheet, x, y - 0.93 * size, 0.26 * size, ink)


def cowboy(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a cowboy with a hat, legs apart."""
    body = ((-0.06, -0.82), (-0.17, -0.78), (-0.24, -0.6), (-0.19, -0.44), (-0.14, -0.47),
            (-0.17, -0.58), (-0.11, -0.66), (-0.12, -0.45), (-0.16, -0.2), (-0.21, 0.0),
            (-0.11, 0.0), (-0.05, -0.24), (0.0, -0.38), (0.05, -0.24), (0.11, 0.0), (0.21, 0.0),
            (0.16, -0.2), (0.12, -0.45), (0.11, -0.66), (0.17, -0.58), (0.14, -0.47),
            (0.19, -0.44), (0.24, -0.6), (0.17, -0.78), (0.06, -0.82))  # fmt: skip
    _polygon(sheet, smooth(place(body, x, y, size), 3), ink)
    disc(sheet, x, y - 0.87 * size, 0.065 * size, ink)
    hat(sheet, x, y - 0.91 * size, 0.34 * size, ink)


def rider(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a horse and its rider."""
    flip = rng.random() < 0.5
    size *= 0.8
    _polygon(sheet, smooth(place(HORSE, x, y, size, flip=flip), 3), ink)
    torso = ((-0.14, -0.52), (-0.13, -0.8), (-0.05, -0.95), (0.06, -0.95), (0.1, -0.78),
             (0.22, -0.68), (0.2, -0.64), (0.07, -0.68), (0.04, -0.56), (0.1, -0.34), (0.15, -0.22),
             (0.06, -0.22), (-0.02, -0.4))  # fmt: skip
    _polygon(sheet, smooth(place(torso, x, y, size, flip=flip), 3), ink)
    disc(sheet, x, y - 1.01 * size, 0.07 * size, ink)
    hat(sheet, x, y - 1.05 * size, 0.34 * size, ink)


def runner(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a running person."""
    flip = rng.random() < 0.5
    _polygon(sheet, smooth(place(RUNNER, x, y, size, flip=flip), 3), ink)
    side = -1 if flip else 1
    disc(sheet, x + side * 0.16 * size, y - 0.89 * size, 0.075 * size, ink)


def couple(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw two people hand in hand."""
    gown = ((-0.05, -0.76), (-0.13, -0.7), (-0.1, -0.5), (-0.2, -0.15), (-0.22, -0.02), (0.0, 0.0),
            (0.2, -0.02), (0.12, -0.3), (0.09, -0.52), (0.13, -0.7), (0.05, -0.76))  # fmt: skip
    _polygon(sheet, smooth(place(gown, x - 0.17 * size, y, size), 3), ink)
    disc(sheet, x - 0.14 * size, y - 0.83 * size, 0.07 * size, ink)
    disc(sheet, x - 0.2 * size, y - 0.86 * size, 0.055 * size, ink)
    _polygon(sheet, smooth(place(COAT, x + 0.17 * size, y, size), 3), ink)
    disc(sheet, x + 0.14 * size, y - 0.9 * size, 0.068 * size, ink)
    ImageDraw.Draw(sheet).line(
        place(((-0.06, -0.62), (0.0, -0.42), (0.08, -0.6)), x, y, size),
        fill=ink, width=max(2, int(0.05 * size)), joint="curve",
    )  # fmt: skip


def soldier(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a soldier with a helmet and a rifle over the shoulder."""
    _polygon(sheet, smooth(place(COAT, x, y, size), 3), ink)
    disc(sheet, x, y - 0.89 * size, 0.065 * size, ink)
    helmet = ((-0.1, -0.9), (-0.09, -0.97), (0.0, -1.0), (0.09, -0.97), (0.1, -0.9))
    _polygon(sheet, smooth(place(helmet, x, y, size)), ink)
    rifle = place(((0.2, -0.45), (0.07, -1.12)), x, y, size)
    ImageDraw.Draw(sheet).line(rifle, fill=ink, width=max(2, int(0.035 * size)))


def child(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a child that holds a balloon."""
    small = 0.6 * size
    _polygon(sheet, smooth(place(COAT, x, y, small), 3), ink)
    disc(sheet, x, y - 0.92 * small, 0.12 * small, ink)
    top = (x + 0.22 * size, y - 0.86 * size)
    pen = ImageDraw.Draw(sheet)
    pen.line((x + 0.11 * size, y - 0.25 * size, *top), fill=ink, width=2)
    pen.ellipse(
        (top[0] - 0.11 * size, top[1] - 0.14 * size, top[0] + 0.11 * size, top[1] + 0.13 * size),
        fill=light,
    )


def robot(
    sheet: Image.Image, x: float, y: float, size: float, ink: Colour, light: Colour, rng: Random
) -> None:
    """Draw a robot with lamps as eyes."""
    pen = ImageDraw.Draw(sheet)
    for box in ((-0.2, -0.72, 0.2, -0.3), (-0.13, -0.95, 0.13, -0.75), (-0.16, -0.3, -0.04, 0.0),
                (0.04, -0.3, 0.16, 0.0), (-0.31, -0.7, -0.23, -0.28), (0.23, -0.7, 0.31, -0.28),
                (-0.03, -0.78, 0.03, -0.7)):  # fmt: skip
        corners = place((box[:2], box[2:]), x, y, size)
        pen.rounded_rectangle((*corners[0], *corners[1]), 0.03 * size, fill=ink)
    for side in (-0.06, 0.06):
        disc(sheet, x + side * size, y - 0.86 * size, 0.033 * size, light)
    disc(sheet, x, y - 0.5 * size, 0.05 * size, mix(ink, light, 0.5))
