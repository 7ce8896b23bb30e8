"""How a poster of the demo catalogue is drawn: from a palette up to a composition and its letters.

Everything is drawn with Pillow on a sheet of twice the final size and halved at the end.
"""
