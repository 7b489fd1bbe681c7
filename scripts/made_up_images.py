"""A small data set for the scripts that train without the real one."""

import random
import struct
from pathlib import Path


def make_images(folder: Path, side: int = 28) -> None:
    """Four IDX files of noise with a bar for each class, which a network learns within an epoch or two.

    The bars of small images, with fewer than 26 rows, leave some classes without one.
    """
    draws = random.Random(0)
    for part, count in [("train", 400), ("t10k", 100)]:
        labels = bytes(index % 10 for index in range(count))
        pixels = bytes(
            min(255, draws.randrange(64) + 160 * (row // 2 == 2 + label))
            for label in labels for row in range(side) for _ in range(side))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, count, side, side) + pixels)
