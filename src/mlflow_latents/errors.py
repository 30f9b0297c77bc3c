"""The one error that a user can mend."""


class InputError(Exception):
    """Bad input: the message is one sentence that names it, what is wrong and what to do.

    The commands print the message alone; any other exception is a defect of this package and
    keeps its traceback.
    """
