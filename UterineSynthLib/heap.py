"""How the C library keeps memory that was freed."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
"""Parameters of glibc's ``mallopt``."""
_LARGEST_INT = 2**31 - 1
_TOP_PAD_BYTES = 64 * 2**20


def keep_freed_memory() -> bool:
    """Let this process keep what it frees, for the next tensor; whether that could be set.

    Glibc gives every large block back to the system at once and has the next one filled with zeroed pages again.
    Feature maps are such blocks, and on a CPU a network can spend more time on their pages than on its arithmetic.
    Elsewhere than on Linux with glibc nothing changes.
    """
    if not sys.platform.startswith("linux"):
        return False
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None:
        return False
    return all(
        set_option(name, value) == 1
        for name, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, _LARGEST_INT), (_TOP_PAD, _TOP_PAD_BYTES))
    )
