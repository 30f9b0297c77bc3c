"""The one error that a user can mend."""


class InputError(Exception):
    """Bad input: the message is one sentence that names it, what is wrong and what to do.

    The commands print the message alone; any other exception is a defect of this package and
    keeps its traceback.
    """


def reason_of(error: BaseException) -> str:
    """Give the first line of what a library says, as part of a sentence; else the error's kind."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
