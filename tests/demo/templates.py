"""What every template of a sentence must hold to."""

import re
from random import Random

from posterplot.demo.write_overviews import expand


def check_template(template: str) -> None:
    """Check that nothing of the markup is left when a template is expanded."""
    cast = dict.fromkeys(("hero", "full", "other", "town", "villain"), "Ada")
    cast |= dict.fromkeys(("they", "them", "their", "They", "Their"), "she")
    for n in range(5):
        assert not re.search(r"[\[\]{}|]", expand(template, cast, Random(n)))
