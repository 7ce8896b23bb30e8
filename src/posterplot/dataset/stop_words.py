"""English stop words."""

_TEXT = """
a about after again against all also am an and another any are around as at back be became
because become becomes been before being between both but by can could did do does doing
down during each even ever every few for from further get gets had has have having he her
here hers herself him himself his how i if in into is it its itself just like made make
makes many may me more most much must my myself no nor not now of off on once one only or
other others our out over own same she should since so some soon still such take takes than
that the their theirs them themselves then there these they this those through to together
too two under until up upon us very was way we were what when where whether which while who
whom whose why will with within without would you your he's it's she's they're don't can't
doesn't isn't
"""
STOP_WORDS = frozenset(_TEXT.split())
