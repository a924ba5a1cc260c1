"""Processes on this machine as an executor of `concurrent.futures`, that knows which run a process died of.

    with Processes(2, seconds=600, megabytes=2000) as executor:
        executor.submit(make, setting, job)

The pool of the standard library breaks as a whole when one process is killed, and cannot end a call that hangs. Here
each process has one call at a time, over a pipe of its own. When it dies, takes too long or too much memory, that
call alone fails, with a `WorkerLostError` that says why, and a new process takes its place.

Processes are started anew (spawn), with one thread each for BLAS and numba, and hear no Ctrl-C: the process that
started them does, and ends them. They end by themselves when it is killed. A process whose memory has grown much
since its first calls, or that has made `recycle` calls, is replaced, so that what a model leaks does not add up. A
script that uses this needs the usual `if __name__ == "__main__":`.
"""

import os
import pickle
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process
from typing import Any

#: Seconds between two looks at the memory of the processes.
LOOK_EVERY = 0.2
#: A process has grown too much when its memory is this many times that after its second call, and this many MB more.
GROWTH, GROWTH_MEGABYTES = 1.5, 200.0
#: A process is given this many seconds to end by itself.
PATIENCE = 5.0
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class WorkerLostError(RuntimeError):
    """A process ended before its call did. `kind`: killed (by something else, or by itself), time or memory."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return WorkerLostError, (self.kind, str(self))


class Processes(Executor):
    """An executor of `workers` processes; `seconds` and `megabytes` are the most that a call may use.

    Each process calls `initializer` with `initargs` first, whose time does not count.
    """

    def __init__(
        self,
        workers: int,
        *,
        seconds: float | None = None,
        megabytes: float | None = None,
        recycle: int = 5000,
        initializer: Callable[..., Any] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        if workers < 1:
            raise ValueError(f"workers: {workers} is too few; at least 1")
        self._max_workers = workers  # under the name that the executors of the standard library use
        self.start = None if initializer is None else pickle.dumps((initializer, initargs))
        self.seconds, self.megabytes, self.recycle = seconds, megabytes, recycle
        self._waiting: deque[tuple[Future[Any], bytes]] = deque()
        self._lock = threading.Lock()
        self._closing = self._stopping = False
        self._bell, self._ring = connection.Pipe(duplex=False)
        self._manager = threading.Thread(target=self._manage, name="processes", daemon=True)
        self._started = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Give a future of the call; raises RuntimeError after the executor was shut down."""
        future: Future[Any] = Future()
        work = pickle.dumps((fn, args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        with self._lock:
            if self._closing:
                raise RuntimeError("this executor was shut down")
            self._waiting.append((future, work))
            if not self._started:
                self._started = True
                self._manager.start()
            self._ring.send_bytes(b"!")
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls; with `cancel_futures`, drop those that wait and end those that run."""
        with self._lock:
            self._closing = True
            if cancel_futures:
                self._stopping = True
            self._ring.send_bytes(b"!")
        if wait and self._started:
            self._manager.join()

    # In the thread of the manager -----------------------------------------------------------------------------------

    def _manage(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # processes started by this thread inherit it
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        workers: list[_Worker] = []
        try:
            while self._go_on(workers):
                self._hire(workers)
                patience = min((worker.patience() for worker in workers), default=None)
                links = [worker.link for worker in workers if worker.link is not None]
                for ready in connection.wait([self._bell, *links], patience):
                    if ready is self._bell:
                        self._bell.recv_bytes()
                    else:
                        next(worker for worker in workers if worker.link is ready).hear()
                for worker in workers:
                    worker.check()
                workers = [worker for worker in workers if worker.link is not None]
        finally:
            for worker in workers:
                worker.end()

    def _go_on(self, workers: list["_Worker"]) -> bool:
        with self._lock:
            if self._stopping:
                while self._waiting:
                    self._waiting.popleft()[0].cancel()
                for worker in workers:
                    worker.fail("killed", "the executor was shut down")
                return False
            busy = any(worker.future is not None for worker in workers)
            return not self._closing or bool(self._waiting) or busy

    def _hire(self, workers: list["_Worker"]) -> None:
        """Hand waiting calls to idle processes, started when they are needed."""
        with self._lock:
            idle = [worker for worker in workers if worker.future is None]
            while self._waiting and (idle or len(workers) < self._max_workers):
                future, work = self._waiting.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                if idle:
                    worker = idle.pop()
                else:
                    worker = _Worker(self)
                    workers.append(worker)
                worker.give(future, work)


class _Worker:
    """One process and the call it works on."""

    def __init__(self, owner: Processes) -> None:
        self.owner = owner
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, owner.start), daemon=True)
        with _one_thread():
            self.process.start()
        theirs.close()
        self.link: Any = ours
        self.future: Future[Any] | None = None
        self.begun: float | None = None
        self.calls = 0
        self.usual = float("inf")  # megabytes in use after the second call

    def give(self, future: Future[Any], work: bytes) -> None:
        """Send a call."""
        self.future, self.begun = future, None
        self.calls += 1
        try:
            self.link.send_bytes(work)
        except OSError:
            self._died()

    def hear(self) -> None:
        """Take what the process says: that the call has begun, or how it ended."""
        try:
            message = pickle.loads(self.link.recv_bytes())
        except (EOFError, OSError):
            self._died()
            return
        except Exception as error:  # what the call gave cannot be read here
            message = ("raised", error, "")
        future = self.future
        if message[0] == "begun":
            self.begun = time.monotonic()
            return
        self.future = self.begun = None
        if future is not None and message[0] == "gave":
            future.set_result(message[1])
        elif future is not None:
            message[1].add_note(message[2])
            future.set_exception(message[1])
        if self.calls >= self.owner.recycle or self._has_grown():
            self.end()

    def _has_grown(self) -> bool:
        now = _megabytes(self.process.pid)
        if self.calls == 2:
            self.usual = now
        return now > self.usual * GROWTH + GROWTH_MEGABYTES

    def check(self) -> None:
        """End the process when its call has taken too long or too much."""
        if self.link is None or self.future is None:
            return
        if not self.process.is_alive() and not self.link.poll():
            self._died()
            return
        if self.begun is None:
            return
        seconds, megabytes = self.owner.seconds, self.owner.megabytes
        if seconds is not None and time.monotonic() - self.begun > seconds:
            self._end_for("time", f"took more than {seconds:g} s")
        elif megabytes is not None and _megabytes(self.process.pid) > megabytes:
            self._end_for("memory", f"used more than {megabytes:g} MB")

    def patience(self) -> float:
        """Give the seconds until the process must be looked at, however silent it is."""
        if self.begun is None:
            return 1.0
        until = [1.0]
        if self.owner.seconds is not None:
            until.append(max(self.begun + self.owner.seconds - time.monotonic(), 0.0) + 0.01)
        if self.owner.megabytes is not None:
            until.append(LOOK_EVERY)
        return min(until)

    def fail(self, kind: str, message: str) -> None:
        """Let the call fail."""
        future, self.future = self.future, None
        if future is not None:
            future.set_exception(WorkerLostError(kind, message))

    def end(self) -> None:
        """End the process: it leaves when its pipe closes, or is killed."""
        link, self.link = self.link, None
        if link is None:
            return
        self.fail("killed", "the executor was shut down")
        link.close()
        self.process.terminate()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()

    def _end_for(self, kind: str, message: str) -> None:
        self.process.kill()
        self.process.join()
        self.link.close()
        self.link = None
        self.fail(kind, message)

    def _died(self) -> None:
        self.process.join(PATIENCE)
        code = self.process.exitcode
        why = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        with suppress(OSError):
            self.link.close()
        self.link = None
        self.fail("killed", f"its process ended {why}")


def _work(link: Any, start: bytes | None) -> None:
    """Do the calls that come through the pipe until it closes; leave at once when the parent is gone."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    if start is not None:
        initializer, initargs = pickle.loads(start)
        initializer(*initargs)
    while True:
        try:
            work = link.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            function, args, kwargs = pickle.loads(work)
            link.send_bytes(pickle.dumps(("begun",)))
            message = pickle.dumps(("gave", function(*args, **kwargs)), protocol=pickle.HIGHEST_PROTOCOL)
        except BaseException as error:
            message = _as_message(error)
        try:
            link.send_bytes(message)
        except OSError:  # whoever wanted to know is gone
            return


def _as_message(error: BaseException) -> bytes:
    details = traceback.format_exc()
    try:
        message = pickle.dumps(("raised", error, details))
        pickle.loads(message)
    except Exception:  # an exception that cannot be sent as it is
        message = pickle.dumps(("raised", RuntimeError(f"{type(error).__name__}: {error}"), details))
    return message


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _megabytes(process: int | None) -> float:
    from experiments.worker import megabytes_of

    return megabytes_of(process) if process is not None else 0.0


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let a process that is started meanwhile use one thread for arithmetic."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
