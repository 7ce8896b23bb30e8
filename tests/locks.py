"""What a second process may do with an output that is locked."""

import os
from contextlib import AbstractContextManager

from posterplot.errors import OutputError


def is_refused_elsewhere(output: AbstractContextManager[object]) -> bool:
    """Return whether another process that enters a context of an output is refused at once."""
    child = os.fork()
    if not child:
        code = 1
        try:
            with output:
                pass
        except OutputError as error:
            code = 7 if "is being written by another posterplot" in str(error) else 2
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 7
