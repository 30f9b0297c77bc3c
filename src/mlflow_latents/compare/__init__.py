"""Over the tracking store: what several runs say together."""
