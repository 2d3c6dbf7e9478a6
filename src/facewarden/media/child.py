"""The decoding process seen from ours: started fresh, watched, and ended whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from facewarden.media.limits import Limits
from facewarden.media.refusal import REASONS, Refusal
from facewarden.media.source import Source
from facewarden.media.wire import HEADER, MAX_JSON_BYTES, BrokenWire, Header, Kind, read_exactly
from facewarden.media.worker import JOB_NAME, OUT_OF_MEMORY_EXIT

PIPE_BYTES = 1 << 20
WATCH_S = 0.25
LAST_WORDS_S = 5.0
_BOOT = "import sys; sys.path[:0] = sys.argv[1:]; from facewarden.media.worker import main; main()"
_KEPT_ENVIRONMENT = ("SYSTEMROOT", "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "TEMP", "TZ")
_ALLOCATOR = {
    # One arena: threads' own arenas reserve 64 MiB of address space each. High thresholds: frames are freed
    # and allocated again and again, and fetching their pages anew costs more than the conversion itself.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(64 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}


class Child:
    """One decoding process. Use `started` to make one; ends with the `with` block at the latest."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self._pipe: Any = process.stdout
        self._deadline: float | None = None
        self._overdue = False
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._watch_deadline, name="facewarden-watch", daemon=True)
        self._watch.start()

    def receive(self) -> tuple[Header, Any]:
        """Return the next message: (header, JSON value or None); pixels of a frame stay in the pipe.

        Raises:
            Refusal: the process refused the file, died, fell silent or talked nonsense.
        """
        raw = bytearray(HEADER.size)
        try:
            self._read(memoryview(raw))
            header = Header.unpack(bytes(raw))
            value = None
            if header.kind in (Kind.FACTS, Kind.END, Kind.REFUSED, Kind.RESULT):
                value = self._json(header.stride)
        except EOFError:
            raise self._cause_of_death() from None
        except (BrokenWire, ValueError) as error:
            raise Refusal("decoder_died") from error
        if header.kind is Kind.REFUSED:
            raise _refusal_of(value)
        return header, value

    def read_into(self, buffer: memoryview) -> None:
        """Fill `buffer` with the pixels that follow a frame's header."""
        try:
            self._read(buffer)
        except EOFError:
            raise self._cause_of_death() from None

    def end(self) -> None:
        """Kill the process if it still runs, reap it, close the pipe. Never raises, may be called twice."""
        self._over.set()
        self.kill()
        self._pipe.close()
        self._process.wait()
        if self._watch is not threading.current_thread():
            self._watch.join()

    def _read(self, buffer: memoryview) -> None:
        self._deadline = time.monotonic() + self._limits.max_wait_s
        try:
            read_exactly(self._pipe.readinto, buffer)
        finally:
            self._deadline = None

    def _json(self, length: int) -> Any:
        if length > MAX_JSON_BYTES:
            raise BrokenWire(f"expected at most {MAX_JSON_BYTES} bytes of JSON, but got {length}")
        text = bytearray(length)
        self._read(memoryview(text))
        return json.loads(text)

    def _watch_deadline(self) -> None:
        # Polling, not waking it for each read: a read takes microseconds, a wake-up would cost more.
        while not self._over.wait(min(WATCH_S, self._limits.max_wait_s / 4)):
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self._overdue = True
                self.kill()
                return

    def kill(self) -> None:
        """Kill the process if it still runs; whoever reads from it meets the end. Never raises."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def _cause_of_death(self) -> Refusal:
        try:
            code = self._process.wait(LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            # It closed its pipe but lives on: nothing a decoder does.
            self.kill()
            return Refusal("decoder_died")
        if self._overdue or code == -getattr(signal, "SIGXCPU", 24):
            return Refusal("too_slow")
        if code in (OUT_OF_MEMORY_EXIT, -getattr(signal, "SIGKILL", 9)):
            return Refusal("out_of_memory")
        return Refusal("decoder_died")


@contextlib.contextmanager
def started(
    job: str, args: dict[str, Any], *, limits: Limits, source: Source | None, streams: bool
) -> Iterator[Child]:
    """Start a process on ``facewarden.module:function`` and end it on leaving.

    The process dies with the *thread* that enters this context (Linux), so leave it in the same thread.
    """
    if not JOB_NAME.fullmatch(job):
        raise ValueError(f"job must be 'facewarden.module:function', but got {job!r}")
    by_descriptor = source is not None and os.name == "posix"
    order = {
        "job": job,
        "args": args,
        "limits": limits.as_order(),
        "streams": streams,
        "descriptor": source.descriptor if source is not None and by_descriptor else None,
        "path": str(source.path) if source is not None and not by_descriptor else None,
        "parent_pid": os.getpid(),
    }
    process = _spawn([source.descriptor] if source is not None and by_descriptor else [])
    child = Child(process, limits)
    try:
        _hand_over(process.stdin, order)
        yield child
    finally:
        child.end()


def _spawn(descriptors: list[int]) -> subprocess.Popen[bytes]:
    flags = ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else [])]
    detached: dict[str, Any] = (
        # A group of its own: Ctrl-C reaches the parent alone, which then ends the child in order.
        {"process_group": 0, "pass_fds": descriptors}
        if os.name == "posix"
        else {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0) | 0x200}
    )
    process = subprocess.Popen(
        [sys.executable, *flags, "-c", _BOOT, *_import_path()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ} | _ALLOCATOR,
        **detached,
    )
    _widen(process.stdout)
    return process


def _import_path() -> list[str]:
    # Ours first, then what this process imports from; never the current folder (an empty entry).
    package_root = str(Path(__file__).resolve().parents[2])
    return [
        package_root,
        *(entry for entry in sys.path if Path(entry).is_absolute() and entry != package_root),
    ]


def _widen(pipe: IO[bytes] | None) -> None:
    if sys.platform == "linux" and pipe is not None:
        import fcntl

        with contextlib.suppress(OSError):  # the system's allowance for pipes may be used up
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _hand_over(stdin: IO[bytes] | None, order: dict[str, Any]) -> None:
    assert stdin is not None
    # A child that died at once closes its end; why it died is told when its answer is read.
    with contextlib.suppress(OSError), stdin:
        view = memoryview(json.dumps(order).encode())
        while len(view):
            view = view[stdin.write(view) or 0 :]


def _refusal_of(value: Any) -> Refusal:
    reason = value.get("reason") if isinstance(value, dict) else None
    return Refusal(reason if reason in REASONS else "decoder_died")
