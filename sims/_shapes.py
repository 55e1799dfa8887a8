"""Arrays of the wrong shape are refused by name."""

from typing import Any

import numpy as np


def check_shapes(word: str, **given: tuple[Any, str]) -> dict[str, int]:
    """The sizes behind the letters: ``check_shapes("ridge_path", X=(X, "n d"), y=(y, "n"))``.

    Raises ValueError that names the array, if it has another number of axes than letters, or a
    letter's size differs from that in an array before it.
    """
    sizes: dict[str, int] = {}
    for name, (array, letters) in given.items():
        shape, axes = np.shape(array), letters.split()
        meant = tuple(sizes.get(axis, size) for axis, size in zip(axes, shape, strict=False))
        if len(shape) != len(axes) or shape != meant:
            known = ", ".join(f"{axis} = {sizes[axis]}" for axis in axes if axis in sizes)
            where = f" with {known}" if known else ""
            raise ValueError(f"{word}: {name} has shape {shape}, not ({', '.join(axes)}){where}")
        sizes.update(zip(axes, shape, strict=True))
    return sizes
