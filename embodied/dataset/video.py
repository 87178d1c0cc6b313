"""H.264 in MP4 at a constant rate, without B-frames, so that episodes can be joined packet by packet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

ENCODER = "libx264"
BITEXACT = {"fflags": "+bitexact"}  # no date, no version of the muxer
FAST = {"movflags": "+faststart", **BITEXACT}


class VideoWriter:
    """Writes pictures one by one; a context manager. One thread, so that the same pictures give the same bytes."""

    def __init__(self, path: Path, *, width: int, height: int, fps: int, crf: int) -> None:
        """Open a file.

        Raises:
            RuntimeError: PyAV has no x264.
        """
        if ENCODER not in av.codecs_available:
            raise RuntimeError(f"video: expected PyAV with {ENCODER}, found none; install av from PyPI")
        self._container = av.open(str(path), "w", format="mp4", options=FAST)
        options = {"preset": "veryfast", "crf": str(crf), "bf": "0", "g": str(2 * fps), "sc_threshold": "0"}
        self._stream = cast(VideoStream, self._container.add_stream(ENCODER, rate=fps, options=options))
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.codec_context.thread_count = 1
        self._count = 0

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode())
        finally:
            self._container.close()

    def write(self, picture: npt.NDArray[np.uint8]) -> None:
        """Add a picture (H, W, 3)."""
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = self._count, Fraction(1, self._stream.average_rate or 1)
        self._container.mux(self._stream.encode(frame))
        self._count += 1


def count_frames(path: Path, fps: int) -> int:
    """Return how many pictures a video holds, after checking that they come at a constant rate from time 0.

    Raises:
        ValueError: the file is damaged, or a picture is not where it belongs.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            base = cast(Fraction, stream.time_base)
            times = [packet.pts * base for packet in container.demux(stream) if packet.pts is not None]
    except (av.FFmpegError, OSError, IndexError, TypeError) as error:
        raise ValueError(f"{path}: expected a video, got a damaged one ({error}); run the episode again") from error
    wrong = next((number for number, time in enumerate(times) if time != Fraction(number, fps)), None)
    if wrong is not None:
        raise ValueError(f"{path}: expected picture {wrong} at {wrong / fps:g} s, got {float(times[wrong]):g} s")
    return len(times)


def join(paths: Sequence[Path], target: Path, fps: int) -> list[int]:
    """Join videos without decoding them; return the number of the first picture of each in the new file.

    Raises:
        ValueError: the videos were encoded differently.
    """
    starts, count = [], 0
    with av.open(str(target), "w", format="mp4", options=FAST) as output:
        out: Any = None
        for path in paths:
            starts.append(count)
            with av.open(str(path)) as source:
                stream = source.streams.video[0]
                head = (bytes(stream.codec_context.extradata or b""), stream.width, stream.height, stream.time_base)
                if out is None:
                    out, first = output.add_stream_from_template(stream), head
                    out.time_base = stream.time_base
                if head != first:
                    raise ValueError(f"{path}: expected to be encoded as {paths[0]}; make both in one run")
                base = cast(Fraction, stream.time_base)
                for packet in source.demux(stream):
                    if not packet.size:
                        continue
                    packet.pts = packet.dts = round(Fraction(count, fps) / base)
                    packet.stream = out
                    output.mux(packet)
                    count += 1
    return starts


def read_frames(path: Path, numbers: Sequence[int], fps: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield pictures (H, W, 3) of a video by their numbers, which ascend.

    Raises:
        LookupError: there is no such picture.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = cast(Fraction, stream.time_base)
        for number in numbers:
            container.seek(round(Fraction(number, fps) / base), stream=stream)
            for frame in container.decode(stream):
                if frame.pts is not None and frame.pts * base == Fraction(number, fps):
                    yield np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
                    break
            else:
                raise LookupError(f"{path}: picture {number}: there is none")
