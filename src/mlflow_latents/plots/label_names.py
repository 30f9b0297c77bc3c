"""How names of attributes and runs, which are anybody's, stand in a figure."""


def shown_name(name: str, letters: int | None = None) -> str:
    """Give a name as a figure shows it.

    Parameters
    ----------
    name : str
    letters : int, optional
        The longest that there is room for; a longer one ends in an ellipsis.

    Returns
    -------
    str
        With dollar signs that Matplotlib does not take for formulas.
    """
    if letters is not None and len(name) > letters:
        name = f"{name[: letters - 1]}…"
    return name.replace("$", r"\$")
