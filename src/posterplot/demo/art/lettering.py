"""Draw titles, taglines and credits, all in Pillow's built-in typeface.

The typeface is varied by letter spacing, stretching, slanting, thicker strokes and wear.
"""

from dataclasses import dataclass
from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from posterplot.demo.art.canvas import BILINEAR, Colour, H, W, brightness, mix

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a title is set.

    Args:
        height: Height of a line before it is fitted, in pixels of the sheet.
        spacing: Extra space between letters, as a share of the type size.
        weight: Width of the stroke around each letter, as a share of the type size.
        stretch: Height of the letters, relative to their natural height.
        slant: Horizontal offset of the top of a line, as a share of its height.
        capitals: Whether the title is in capitals.
        stacked: Whether every word has a line of its own, as wide as the poster.
        effect: "plain", "shadow", "outline", "rotten" or "boxed".

    """

    height: int = 70
    spacing: float = 0.0
    weight: float = 0.0
    stretch: float = 1.0
    slant: float = 0.0
    capitals: bool = True
    stacked: bool = False
    effect: str = "plain"


LETTERINGS: dict[str, Lettering] = {
    "airy": Lettering(height=44, spacing=0.42),
    "quiet": Lettering(height=54, capitals=False),
    "tall": Lettering(height=74, weight=0.022, stretch=1.7, spacing=0.02),
    "heavy": Lettering(weight=0.055, stacked=True),
    "racing": Lettering(height=84, weight=0.06, slant=0.28, effect="shadow"),
    "bubbly": Lettering(height=84, weight=0.075, spacing=0.07, capitals=False, effect="outline"),
    "rotten": Lettering(height=88, weight=0.035, stretch=1.35, effect="rotten"),
    "saloon": Lettering(height=70, weight=0.045, stretch=1.25, spacing=0.12, effect="shadow"),
    "label": Lettering(height=58, weight=0.03, effect="boxed"),
    "script": Lettering(height=72, slant=0.3, capitals=False),
    "monument": Lettering(height=66, weight=0.01, spacing=0.2, stretch=1.2),
}


@cache
def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def set_line(text: str, size: int, style: Lettering) -> Image.Image:
    """Return one line of text as a mask, cropped to its letters."""
    font = _font(size)
    stroke = round(style.weight * size)
    spacing = style.spacing * size
    pad = stroke + 4
    width = font.getlength(text) + spacing * len(text)
    mask = Image.new("L", (int(width) + 2 * pad + size, int(1.35 * size) + 2 * pad))
    pen = ImageDraw.Draw(mask)
    if spacing:
        x = float(pad)
        for letter in text:
            pen.text((x, pad), letter, 255, font, stroke_width=stroke)
            x += font.getlength(letter) + spacing
    else:
        pen.text((pad, pad), text, 255, font, stroke_width=stroke)
    mask = mask.crop(mask.getbbox())
    if style.stretch != 1:
        mask = mask.resize((mask.width, int(mask.height * style.stretch)), BILINEAR)
    if style.slant:
        lean = style.slant * mask.height
        frame = (int(mask.width + lean), mask.height)
        mask = mask.transform(frame, Image.Transform.AFFINE, (1, style.slant, -lean, 0, 1, 0),
                              BILINEAR)  # fmt: skip
    return mask


def _lines(title: str, style: Lettering, room: int) -> list[str]:
    words = title.split()
    if not style.stacked:
        limit = max(9, int(1.9 * room / (style.height * (0.62 + style.spacing))))
        lines = [""]
        for word in words:
            if lines[-1] and len(lines[-1]) + len(word) >= limit:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        return lines
    # a short word, such as "of", shares a line with its neighbour: alone it would be too large
    lines = []
    for word in words:
        if lines and len(lines[-1]) <= 3:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def title_block(title: str, style: Lettering, room: int) -> Image.Image:
    """Return the whole title as a mask at most ``room`` pixels wide."""
    text = title.upper() if style.capitals else title
    masks = []
    for line in _lines(text, style, room):
        mask = set_line(line, style.height, style)
        if style.stacked:
            scale = min(room / mask.width, 150 / mask.height)
        else:
            scale = min(1.0, room / mask.width)
        masks.append(
            mask.resize(
                (max(1, int(mask.width * scale)), max(1, int(mask.height * scale))), BILINEAR
            )
        )
    gap = 14
    block = Image.new("L", (max(m.width for m in masks), sum(m.height + gap for m in masks) - gap))
    y = 0
    for mask in masks:
        block.paste(mask, ((block.width - mask.width) // 2, y))
        y += mask.height + gap
    return block


def _rot(block: Image.Image, rng: Random) -> Image.Image:
    """Shift the rows of a mask sideways, and scratch it."""
    worn = Image.new("L", (block.width + 12, block.height))
    shift = 6
    for y in range(0, block.height, 3):
        shift = min(12, max(0, shift + rng.choice((-2, 0, 0, 2))))
        worn.paste(block.crop((0, y, block.width, y + 3)), (shift, y))
    pen = ImageDraw.Draw(worn)
    for _ in range(18):
        x, y = rng.randrange(worn.width), rng.randrange(worn.height)
        pen.line((x, y, x + rng.randrange(-40, 40), y + rng.randrange(4, 30)), 0, 2)
    return worn


def _ground(sheet: Image.Image, box: tuple[int, int, int, int]) -> Colour:
    """Return the mean colour of a part of the sheet."""
    r, g, b = sheet.crop(box).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    return (int(r), int(g), int(b))


def _busy(sheet: Image.Image, box: tuple[int, int, int, int]) -> bool:
    """Return whether the background of a line has both light and dark parts."""
    low, high = sheet.crop(box).convert("L").resize((24, 3), Image.Resampling.BOX).getextrema()
    return bool(high - low > 60)  # type: ignore[operator]


def readable(ground: Colour, preferred: Colour, light: Colour, dark: Colour) -> Colour:
    """Return the preferred colour if it contrasts with the background, else light or dark."""
    if abs(brightness(preferred) - brightness(ground)) > 0.36:
        return preferred
    return light if brightness(ground) < 0.5 else dark


def letter_title(
    sheet: Image.Image, title: str, style: Lettering, centre: float, preferred: Colour,
    light: Colour, dark: Colour, rng: Random,
) -> tuple[int, int]:  # fmt: skip
    """Draw the title around the height ``centre``; return its top and bottom on the sheet."""
    block = title_block(title, style, W - 90)
    # near the bottom it must not cover feet, and near the top no heads
    limit = (0.19 if centre > 0.7 * H else min(0.26, max(0.13, centre / H))) * H
    if block.height > limit:
        block = block.resize((int(block.width * limit / block.height), int(limit)), BILINEAR)
    if style.effect == "rotten":
        block = _rot(block, rng)
    x = (W - block.width) // 2
    y = int(min(max(centre - block.height / 2, 34), H - 128 - block.height))
    ground = _ground(sheet, (x, y, x + block.width, y + block.height))
    ink = readable(ground, preferred, light, dark)
    if style.effect == "boxed":
        paper = readable(ground, preferred, light, dark)
        box = (x - 24, y - 20, x + block.width + 24, y + block.height + 20)
        ImageDraw.Draw(sheet).rectangle(box, fill=paper)
        ink = dark if brightness(paper) > 0.5 else light
    if style.effect in ("shadow", "outline"):
        edge = dark if brightness(ink) > 0.45 else light
        steps = ((3, 3), (6, 6)) if style.effect == "shadow" else ((-4, 0), (4, 0), (0, -4), (3, 7))
        halo = Image.new("L", (block.width + 16, block.height + 16))
        for dx, dy in steps:
            moved = Image.new("L", halo.size)
            moved.paste(block, (8 + dx, 8 + dy))
            halo = ImageChops.lighter(halo, moved)
        sheet.paste(edge, (x - 8, y - 8), halo)
    elif style.effect != "boxed" and _busy(sheet, (x, y, x + block.width, y + block.height)):
        # a soft halo separates the letters from an uneven background
        halo = Image.new("L", (block.width + 60, block.height + 60))
        halo.paste(block, (30, 30))
        halo = halo.filter(ImageFilter.BoxBlur(9)).point([min(255, 3 * v) for v in range(256)])
        sheet.paste(dark if brightness(ink) > 0.45 else light, (x - 30, y - 30), halo)
    sheet.paste(ink, (x, y), block)
    return y, y + block.height


def small_line(
    sheet: Image.Image, text: str, y: float, size: int, light: Colour, dark: Colour, *,
    spacing: float = 0.12, width: int = W - 80, stretch: float = 1.0, skippable: bool = True,
) -> None:  # fmt: skip
    """Draw one small centred line whose middle is at ``y``, in a readable colour.

    A skippable line is left out if the background is too uneven.
    """
    mask = set_line(text, size, Lettering(spacing=spacing, stretch=stretch))
    if mask.width > width:
        mask = mask.resize((width, mask.height), BILINEAR)
    x, top = (W - mask.width) // 2, int(y - mask.height / 2)
    box = (x, top, x + mask.width, top + mask.height)
    if skippable and _busy(sheet, box):
        return
    ground = _ground(sheet, box)
    ink = light if brightness(ground) < 0.5 else dark
    sheet.paste(mix(ground, ink, 0.85), (x, top), mask)
