"""Where the volumes of a batch are made: here, in local processes, or on the workers of a Dask scheduler."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context

from UterineSynthLib.dataset.case import Case
from UterineSynthLib.errors import InputError
from UterineSynthLib.optional import require
from UterineSynthLib.synthesis.batch_volume import VolumeFailure, VolumeJob, make_volume
from UterineSynthLib.synthesis.progress import OnProgress

Made = tuple[VolumeJob, Case | VolumeFailure]
_DIED = "a worker process died, most often for want of memory; ask for fewer workers and run again to go on"
_CONNECT_S = 30


def made_here(jobs: Sequence[VolumeJob], on_progress: OnProgress | None) -> Iterator[Made]:
    """Make volumes one after the other in this process."""
    for job in jobs:
        yield job, make_volume(job, on_progress)


def made_by(executor: Executor, jobs: Sequence[VolumeJob]) -> Iterator[Made]:
    """Volumes as the workers finish them; what waits is cancelled when the caller stops listening."""
    waiting: dict[Future[Case | VolumeFailure], VolumeJob] = {executor.submit(make_volume, job): job for job in jobs}
    try:
        for future in as_completed(waiting):
            yield waiting[future], _result_of(future)
    finally:
        for future in waiting:
            future.cancel()


def _result_of(future: Future[Case | VolumeFailure]) -> Case | VolumeFailure:
    try:
        return future.result()
    except BrokenProcessPool:
        return VolumeFailure(_DIED)
    except Exception as error:  # a scheduler's own faults are of many types
        return VolumeFailure(f"the worker was lost ({type(error).__name__}: {error})")


@contextmanager
def local_processes(workers: int) -> Iterator[Executor]:
    """``workers`` processes on this machine that share its cores."""
    share = max(1, (os.cpu_count() or 1) // workers)
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _use_threads, (share,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def dask_workers(address: str) -> Iterator[Executor]:
    """The workers of a running Dask scheduler, which must see the same folders and have this package installed.

    Raises:
        MissingPackageError: Dask is not installed.
        InputError: no scheduler answers at the address.
    """
    distributed = require("distributed")
    try:
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"scheduler {address}: does not answer ({error}); give the address that 'dask scheduler' prints, "
            "such as tcp://node1:8786"
        ) from error
    with client:
        yield client.get_executor(pure=False)


def _use_threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)
