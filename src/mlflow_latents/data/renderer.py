"""Draw faces from factors: signed distances, softened by one pixel, layer over layer.

Coordinates run from -1 to 1, x to the right and y down, so a face looks the same at any resolution.
A factor x acts as ``3 tanh(x / 3)``: nearly linear in the bulk, and at most ±3 however heavy the
tails of its law are, so that every image stays a face. Everything is smooth in the factors; glasses
and hair on the face fade in over a narrow range.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from mlflow_latents.data.faces import FACTORS
from mlflow_latents.data.shapes import blend, bump, hue, norm4, over, step

ZOOM = 0.86  # half of the frame, in units of the drawing


@partial(jax.jit, static_argnames=("resolution",))
def render(factors: np.ndarray, resolution: int, crop: float = 1.0) -> jax.Array:
    """Draw faces.

    Parameters
    ----------
    factors : array_like
        (n, number of factors) in standard deviations, in the order of `faces.FACTORS`.
    resolution : int
        Height and width in pixels.
    crop : float
        Side of the central part of the frame that is drawn, as a fraction of the frame.

    Returns
    -------
    jax.Array
        (n, resolution, resolution, 3) uint8.
    """
    line = ((2 * jnp.arange(resolution, dtype=jnp.float32) + 1) / resolution - 1) * crop * ZOOM
    x, y = line[None, :], line[:, None]
    blur = 3 * crop * ZOOM / resolution  # 1.5 pixels
    return jax.vmap(lambda face: _draw(face, x, y, blur))(3 * jnp.tanh(factors / 3))


class _Face(NamedTuple):
    """One face: its factors, derived measures, and the coordinates of all pixels."""

    f: dict  # factors, in (-3, 3)
    x: jax.Array  # of the frame
    y: jax.Array
    u: jax.Array  # of the head, which is shifted and tilted
    v: jax.Array
    blur: float
    width: jax.Array  # half axes of the head
    height: jax.Array
    skin: list
    hair: list
    light: jax.Array  # how much each pixel is lit, around 1

    def cover(self, distance):
        """Coverage of a shape by its signed distance, positive inside."""
        return step(0.5 + distance / self.blur)

    def ellipse(self, u, v, width, height):
        q = jnp.sqrt((u / width) ** 2 + (v / height) ** 2)
        return self.cover((1 - q) * jnp.minimum(width, height))


def _draw(face, x, y, blur):
    f = dict(zip(FACTORS, face, strict=True))
    face = _prepare(f, x, y, blur)
    canvas = _background(face)
    for layer in (_back, _head, _nose, _facial_hair, _mouth, _eyes, _brows, _front_hair, _glasses):
        canvas = layer(face, canvas)
    return jnp.stack([(jnp.clip(c, 0, 1) * 255 + 0.5).astype(jnp.uint8) for c in canvas], axis=-1)


def _prepare(f, x, y, blur):
    sine = 0.055 * f["head_tilt"]
    cosine = 1 - sine**2 / 2
    x0, y0 = x - 0.035 * f["head_shift"], y + 0.04
    u, v = cosine * x0 + sine * y0, cosine * y0 - sine * x0
    dark = jax.nn.sigmoid(1.1 * f["skin_tone"] - 0.9)
    fair = jax.nn.sigmoid(1.3 * f["hair_lightness"] - 0.4)
    red = jax.nn.softplus(1.2 * f["hair_redness"]) - 0.5
    hair = blend((0.10, 0.07, 0.06), (0.95, 0.80, 0.52), fair)
    return _Face(
        f=f,
        x=x,
        y=y,
        u=u,
        v=v,
        blur=blur,
        width=0.435 + 0.02 * f["head_width"],
        height=0.585 + 0.022 * f["head_height"],
        skin=blend((1.0, 0.83, 0.72), (0.43, 0.27, 0.18), dark),
        hair=[
            hair[0] * jnp.exp(0.13 * red),
            hair[1] * jnp.exp(-0.08 * red),
            hair[2] * jnp.exp(-0.22 * red),
        ],
        light=1 + 0.16 * f["light_direction"] * u - 0.10 * v,
    )


def _background(face):
    f = face.f
    lightness = 0.62 + 0.12 * f["background_lightness"]
    one = hue(1.5 * f["background_hue"], lightness, 0.13)
    two = hue(1.5 * f["background_hue"] + 0.8, lightness - 0.16, 0.13)
    along = f["background_gradient"]
    way = step(0.5 + 0.22 * along * face.x + 0.35 * face.y)
    return over(one, two, way)


def _back(face, canvas):
    """Hair behind the head, shirt, neck."""
    f, v = face.f, face.v
    bottom = 0.22 + 0.28 * f["hair_length"]
    half = (bottom + 0.25) / 2
    spread = 0.07 * jax.nn.sigmoid(1.5 * f["hair_length"])
    width = face.width + 0.01 + spread + 0.025 * f["hair_volume"]
    q = norm4(face.u / width, (v - bottom + half) / jnp.maximum(half, 0.1))
    long = face.cover((1 - q) * 0.4) * step(1.1 + 0.5 * f["hair_length"]) * _has_hair(f)
    canvas = over(canvas, [c * 0.72 * face.light for c in face.hair], long)

    x, y = face.x - 0.02 * f["head_shift"], face.y
    shirt = hue(1.5 * f["shirt_hue"] + 4.0, 0.46, 0.24)
    shade = 1.05 - 0.5 * (y - 0.9) ** 2 - 0.35 * x * x
    q = norm4(x / 0.84, (y - 1.32) / 0.60)
    canvas = over(canvas, [c * shade for c in shirt], face.cover((1 - q) * 0.6))
    neck = jnp.sqrt((x / 0.2) ** 2 + (jnp.maximum(y - 0.68, 0) / 0.17) ** 2)
    below = face.cover((1 - neck) * 0.2) * face.cover(y - 0.1)
    shadow = 0.72 + 0.22 * step((y - 0.5) / 0.35)
    return over(canvas, [c * shadow for c in face.skin], below)


def _head(face, canvas):
    f, u, v = face.f, face.u, face.v
    ears = face.ellipse(jnp.abs(u) - face.width, v - 0.05, 0.06, 0.115)
    canvas = over(canvas, [c * 0.84 for c in face.skin], ears)
    q = _outline(face)
    cheeks = bump((jnp.abs(u) - 0.24) / 0.15, (v - 0.2) / 0.13)
    sockets = bump((jnp.abs(u - _turn(f, 0.045)) - _eye_x(f)) / 0.17, (v + 0.03) / 0.13)
    shade = face.light * (1.06 - 0.2 * q**4) - 0.10 * sockets
    red, green, blue = face.skin
    skin = [red * shade, green * (shade - 0.09 * cheeks), blue * (shade - 0.07 * cheeks)]
    return over(canvas, skin, face.cover((1 - q) * face.width))


def _nose(face, canvas):
    f = face.f
    u = face.u - _turn(f, 0.075)
    bottom = 0.19 + 0.02 * f["nose_length"]
    width = 0.075 + 0.010 * f["nose_width"]
    v = face.v - bottom
    ridge = bump(u / 0.045, (v + 0.11) / 0.17)
    side = bump((u + 0.014 * f["light_direction"]) / 0.1, (v + 0.06) / 0.18) - ridge
    under = bump(u / (1.35 * width), (v - 0.025) / 0.05)
    nostrils = face.ellipse(jnp.abs(u) - 0.52 * width, v - 0.012, 0.33 * width, 0.014)
    shade = 1 + 0.09 * ridge - 0.10 * jnp.maximum(side, 0) - 0.22 * under - 0.45 * nostrils
    return [c * shade for c in canvas]


def _facial_hair(face, canvas):
    f, u, v = face.f, face.u - _turn(face.f, 0.03), face.v
    colour = [c * 0.8 for c in face.hair]
    side = (u / face.width) ** 2
    edge = step((v - 0.36 + 0.42 * side) / 0.10)
    inside = face.cover((1 - _outline(face)) * face.width + 0.012)
    beard = edge * inside * 0.88 * step((f["beard"] - 0.4) / 0.6)
    canvas = over(canvas, colour, beard)
    x, y = u / 0.17, v - 0.318 - 0.018 * f["nose_length"]
    drop = (0.034 * (1 - x * x) + 0.008) - jnp.abs(y - 0.05 * x * x)
    moustache = step(0.5 + drop / (face.blur + 0.02)) * step((1.1 - jnp.abs(x)) / 0.2)
    return over(canvas, colour, moustache * 0.9 * step((f["moustache"] - 0.6) / 0.6))


def _mouth(face, canvas):
    f = face.f
    width = 0.145 + 0.014 * f["mouth_width"] + 0.010 * f["smile"]
    d = (face.u - _turn(f, 0.055)) / width
    room = jnp.maximum(1 - d * d, 0)
    v = face.v - 0.40 + 0.026 * (f["smile"] + 0.6) * (d * d - 0.4)
    gap = 0.034 * jax.nn.softplus(1.4 * f["mouth_openness"] - 0.8)
    lips = jnp.minimum(v + (0.028 + gap) * room, (0.036 + gap) * room - v)
    tint = 0.5 + 0.16 * f["lip_colour"]
    red, green, blue = face.skin
    lip = [red * (0.95 - 0.1 * tint), green * (0.82 - 0.5 * tint), blue * (0.86 - 0.42 * tint)]
    canvas = over(canvas, [c * (1.0 + 1.8 * v) for c in lip], face.cover(lips) * step(4 * room))
    opening = face.cover((gap + 0.005) * room - jnp.abs(v)) * step(4 * room)
    canvas = over(canvas, (0.26, 0.07, 0.08), 0.85 * opening)
    teeth = opening * face.cover(0.1 * gap - v) * step(30 * gap - 0.5)
    return over(canvas, (0.97, 0.96, 0.93), teeth)


def _eyes(face, canvas):
    f = face.f
    u, v, side = _eye_place(face)
    width = 0.098 + 0.008 * f["eye_size"]
    height = width * (0.60 + 0.10 * f["eye_openness"])
    lid = height * (1 - (u / width) ** 2)
    white = face.cover(lid - jnp.abs(v))
    canvas = over(canvas, (0.97, 0.97, 0.97), white)
    r = jnp.sqrt((u - side * 0.008 * f["gaze"]) ** 2 + v**2)
    iris = blend((0.30, 0.17, 0.09), (0.36, 0.62, 0.80), jax.nn.sigmoid(2 * f["iris_colour"] - 0.5))
    size = 0.057 + 0.003 * f["eye_size"]
    canvas = over(canvas, iris, white * face.cover(size - r))
    canvas = over(canvas, (0.03, 0.03, 0.04), white * face.cover(0.45 * size - r))
    shine = face.ellipse(u - side * (0.008 * f["gaze"] - 0.018), v + 0.018, 0.014, 0.014)
    canvas = over(canvas, (1.0, 1.0, 1.0), 0.9 * white * shine)
    lash = 0.85 * face.cover(0.016 - jnp.abs(v + lid)) * step((width - jnp.abs(u)) / 0.02 + 0.5)
    return over(canvas, (0.12, 0.08, 0.07), lash)


def _brows(face, canvas):
    f = face.f
    u, v, _ = _eye_place(face)
    d = (u - 0.01) / 0.125
    arch = -0.125 - 0.016 * f["brow_height"] + 0.03 * d * d - 0.016 * f["brow_tilt"] * d
    room = jnp.maximum(1 - d * d, 0)
    thickness = (0.021 + 0.0045 * f["brow_thickness"]) * room * (1 - 0.3 * d)
    colour = [0.55 * c for c in face.hair]
    brow = face.cover(thickness - jnp.abs(v - arch)) * step(4 * room)
    return over(canvas, colour, 0.9 * brow)


def _front_hair(face, canvas):
    f, v = face.f, face.v
    u = face.u
    width = face.width + 0.035 + 0.022 * f["hair_volume"]
    height = face.height + 0.06 + 0.03 * f["hair_volume"]
    q = jnp.sqrt((u / width) ** 2 + ((v + 0.03) / height) ** 2)
    top = -0.34 + 0.05 * f["fringe"]
    center = 0.18
    across = (u - _turn(f, 0.03) - 0.05 * f["parting"]) / (face.width * 0.93)
    lift = jnp.minimum(v - center, 0) / (center - top)
    opening = (jnp.abs(across) ** 3 + jnp.abs(lift) ** 3 - 1) / 3
    ends = 0.10 + 0.1 * f["hair_length"] - v
    inside = jnp.minimum(jnp.minimum((1 - q) * width, opening * 0.35), ends)
    gloss = 1 + 0.35 * bump((q - 0.80) / 0.16, (u - 0.12 * f["light_direction"]) / 0.35)
    shade = face.light * gloss * (1.05 - 0.25 * step(across**2))
    return over(canvas, [c * shade for c in face.hair], face.cover(inside) * _has_hair(f))


def _glasses(face, canvas):
    f = face.f
    u, v, _ = _eye_place(face)
    width = 0.132 + 0.008 * f["glasses_size"]
    q = norm4(u / width, v / (0.80 * width))
    frame = face.cover(0.014 - jnp.abs(q - 1) * width)
    bar = face.cover(0.012 - jnp.abs(v + 0.03)) * face.cover((q - 1) * width)
    bar = bar * face.cover(face.width - jnp.abs(face.u))
    on = step((f["glasses"] - 0.5) / 0.6)
    canvas = over(canvas, (0.75, 0.85, 0.92), 0.16 * on * face.cover((1 - q) * width))
    return over(canvas, (0.10, 0.09, 0.11), on * jnp.maximum(frame, bar))


def _outline(face):
    """1 on the outline of the head, which narrows towards the chin."""
    narrow = (0.15 - 0.05 * face.f["jaw_width"]) * step(face.v / 0.6 + 0.1)
    return jnp.sqrt((face.u / (face.width * (1 - narrow))) ** 2 + (face.v / face.height) ** 2)


def _eye_x(f):
    return 0.185 + 0.012 * f["eye_distance"]


def _eye_place(face):
    """Coordinates from the centre of the nearer eye, outwards and down; and which eye it is."""
    u = face.u - _turn(face.f, 0.045)
    return jnp.abs(u) - _eye_x(face.f), face.v + 0.03, jnp.sign(u)


def _turn(f, depth):
    """Shift of what stands out from the head, when it turns."""
    return depth * f["head_turn"]


def _has_hair(f):
    return step((f["hair_volume"] + 1.9) / 0.6)
