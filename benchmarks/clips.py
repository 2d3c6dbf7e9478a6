"""The clips that the benchmarks run on: two portraits in the public domain over a moving background.

Made to cost what clips of phones and platforms cost: a grain like a sensor's, and one slice a picture (encoders
that cut pictures into slices are rare, and decode faster). About 2.4 Mbit/s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

WIDTH, HEIGHT, RATE = 1280, 720, 30
CACHE = Path(".cache/benchmarks")
GRAIN = 4.0


def two_faces_clip(seconds: int, folder: Path = CACHE) -> Path:
    """Return a 1280x720 30 fps H.264 clip of `seconds` (a multiple of 20), made where it is not there yet."""
    if seconds % 20 or seconds <= 0:
        raise ValueError(f"seconds must be a multiple of 20, but got {seconds}")
    path = folder / f"two-faces-{seconds}s.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.mp4")
        if seconds == 20:
            _encode(part)
        else:
            _loop(two_faces_clip(20, folder), part, seconds // 20)
        part.replace(path)
    return path


def _pictures() -> Iterator[npt.NDArray[np.uint8]]:
    import matplotlib.cbook
    import skimage.data

    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        hopper = Image.open(file).convert("RGB").crop((60, 20, 460, 520))
    astronaut = Image.fromarray(skimage.data.astronaut()).crop((90, 0, 400, 330))
    portraits = [
        (hopper.resize((440, 550), Image.Resampling.LANCZOS), 330.0, 0.0),
        (astronaut.resize((480, 511), Image.Resampling.LANCZOS), 940.0, 1.7),
    ]
    noise = np.random.default_rng(0).integers(70, 186, (7, 18, 3), np.uint8)
    chance = np.random.default_rng(1)
    backdrop = Image.fromarray(noise).resize((WIDTH + 520, HEIGHT + 80), Image.Resampling.BICUBIC)
    for number in range(20 * RATE):
        time_s = number / RATE
        # Everything returns after 20 s, so that a looped clip has no jump.
        turn = 2 * math.pi * time_s / 20
        left, top = round(250 + 250 * math.sin(turn)), round(40 + 40 * math.cos(turn))
        scene = backdrop.crop((left, top, left + WIDTH, top + HEIGHT))
        for portrait, centre_x, phase in portraits:
            angle = 6 * math.sin(4 * turn + phase)
            turned = portrait.convert("RGBA").rotate(angle, Image.Resampling.BICUBIC, expand=True)
            x = round(centre_x + 90 * math.sin(3 * turn + phase) - turned.width / 2)
            y = round(HEIGHT / 2 + 50 * math.sin(5 * turn + phase) - turned.height / 2)
            scene.paste(turned, (x, y), turned)
        grain = chance.normal(0, GRAIN, (HEIGHT, WIDTH, 1)).astype(np.float32)
        yield np.clip(np.asarray(scene) + grain, 0, 255).astype(np.uint8)


def _encode(path: Path) -> None:
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": "23", "preset": "medium", "x264-params": "sliced-threads=0"}
        for picture in _pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())


def _loop(source: Path, target: Path, times: int) -> None:
    import av

    with av.open(str(source)) as reader:
        template = reader.streams.video[0]
        packets = [packet for packet in reader.demux(template) if packet.dts is not None]
        with av.open(str(target), "w") as container:
            stream = container.add_stream_from_template(template)
            step = round(20 / float(template.time_base or 1))
            for turn in range(times):
                for packet in packets:
                    copy = av.Packet(bytes(packet))
                    copy.pts, copy.dts = (packet.pts or 0) + turn * step, (packet.dts or 0) + turn * step
                    copy.time_base, copy.stream = packet.time_base, stream
                    copy.is_keyframe = packet.is_keyframe
                    container.mux(copy)
