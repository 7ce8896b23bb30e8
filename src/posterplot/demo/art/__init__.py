"""Draw the posters of the demo catalogue: palettes, motifs, compositions, lettering.

Everything is drawn with Pillow at twice the final size, and halved at the end.
"""
