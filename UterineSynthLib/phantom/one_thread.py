"""Small products of matrices in one thread.

A pelvis takes hundreds of them. With a thread for each core they wait for threads that are kept from running, which on
a busy machine takes ten times as long as doing without.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_one_thread() -> Iterator[None]:
    """Products of numpy's and scipy's matrices take one thread in this context, or in the function it decorates.

    Without threadpoolctl nothing changes: Slicer draws anatomies before any package was installed in it.
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        yield
        return
    with threadpool_limits(limits=1, user_api="blas"):
        yield
