"""The layers of an encoder in the order in which they compute, nested models opened up."""

from typing import NamedTuple

from mlflow_latents.models.backend import keras


class Call(NamedTuple):
    """A layer at work.

    Parameters
    ----------
    name : str
        Of the layer; within a nested model behind the name of that, as ``backbone/conv``.
    layer : keras.layers.Layer
    inputs : tuple of keras.KerasTensor
    output : keras.KerasTensor
    """

    name: str
    layer: object
    inputs: tuple
    output: object


def calls_of(encoder: keras.Model, images: keras.KerasTensor) -> list[Call]:
    """Call an encoder layer by layer on symbolic images, whose sides are known.

    Parameters
    ----------
    encoder : keras.Model
        Sequential or functional, of one input and one output.
    images : keras.KerasTensor, shape (None, height, width, channels)

    Returns
    -------
    list of Call
        The last gives the encoder's output. A layer that is called twice is there twice. Nested
        models stay closed where layers within them share a name, which Keras refuses in one model.
    """
    calls: list[Call] = []
    names = list(_names(encoder))
    _call_all(encoder, images, "", calls, opening=len(set(names)) == len(names))
    return calls


def _names(model):
    for layer in model.layers:
        if _can_be_opened(layer):
            yield from _names(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer.name


def _call_all(model, x, within, calls, opening):
    def call(layer, *inputs, **options):
        if opening and _can_be_opened(layer) and len(inputs) == 1:
            return _call_all(layer, inputs[0], f"{within}{layer.name}/", calls, opening)
        output = layer(*inputs, **options)
        calls.append(Call(within + layer.name, layer, inputs, output))
        return output

    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            x = call(layer, x)
        return x
    keras.models.clone_model(
        model,
        input_tensors=keras.tree.map_structure(lambda _: x, model.input),
        clone_function=lambda layer: layer,
        call_function=call,
    )
    return calls[-1].output  # of a model with one output, what comes last


def _can_be_opened(layer) -> bool:
    if isinstance(layer, keras.Sequential):
        return True
    # Only functional models know their operations; those with several inputs stay closed.
    functional = isinstance(layer, keras.Model) and hasattr(layer, "operations")
    return functional and len(layer.inputs) == len(layer.outputs) == 1


def in_a_row(calls: list[Call], images: keras.KerasTensor) -> bool:
    """Whether each layer takes the output of the one before it alone, and none comes twice."""
    outputs = [images, *(call.output for call in calls)]
    names = {call.layer.name for call in calls}
    return len(names) == len(calls) and all(
        len(call.inputs) == 1 and call.inputs[0] is before
        for call, before in zip(calls, outputs, strict=False)
    )


def follower(calls: list[Call], place: int, kinds: tuple[type, ...]) -> int | None:
    """Place of the layer that alone takes the output of another, if it is of these kinds."""
    takers = [
        i
        for i, call in enumerate(calls)
        if any(each is calls[place].output for each in keras.tree.flatten(call.inputs))
    ]
    if len(takers) == 1 and isinstance(calls[takers[0]].layer, kinds):
        return takers[0]
    return None
