"""PythonQt's way to connect: ``widget.connect("clicked(bool)", slot)``, with its rule for the number of arguments."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore

_links: list[tuple[weakref.ref[Any], str, Any, Callable[..., Any], Any]] = []


def argument_count(slot: Callable[..., Any]) -> int | None:
    """How many arguments PythonQt hands to ``slot`` at most; None: all of them.

    Plain functions and bound methods get as many as they declare, defaulted ones included.
    """
    if inspect.ismethod(slot) and inspect.isfunction(slot.__func__):
        code, bound = slot.__func__.__code__, 1
    elif inspect.isfunction(slot):
        code, bound = slot.__code__, 0
    else:
        return None
    return None if code.co_flags & inspect.CO_VARARGS else code.co_argcount - bound


def connect(sender: Any, signature: str, *target: Any) -> bool:
    """``connect`` of every wrapped class. A signature that does not exist raises; Slicer would only print a line."""
    normal = _existing_signature(sender, signature)
    signal, wanted = _bound_signal(sender, normal)
    slot = _slot_for(target, wanted)
    signal.connect(slot)
    _links.append((weakref.ref(sender), normal, target[0], slot, signal))
    return True


def disconnect(sender: Any, signature: str, target: Any = None) -> bool:
    """Undo :func:`connect`; True if there was such a connection."""
    normal = _existing_signature(sender, signature)
    found = [link for link in _links if link[0]() is sender and link[1] == normal and target in (None, link[2])]
    for link in found:
        link[4].disconnect(link[3])
        _links.remove(link)
    return bool(found)


def _existing_signature(sender: Any, signature: str) -> str:
    normal = bytes(QtCore.QMetaObject.normalizedSignature(signature)).decode()
    meta = sender.metaObject()
    if meta.indexOfSignal(normal) < 0 and "vtkMRML" in normal:
        normal = normal.split("(")[0] + "(PyObject)"
    if meta.indexOfSignal(normal) < 0:
        msg = f"{meta.className()} has no signal {signature!r}"
        raise RuntimeError(msg)
    return normal


def _bound_signal(sender: Any, normal: str) -> tuple[Any, int]:
    name, _, inner = normal.rstrip(")").partition("(")
    signal = getattr(sender, name)
    types = inner.split(",") if inner else []
    try:
        overload = signal[tuple(types)] if len(types) > 1 else signal[types[0]] if types else signal
    except (IndexError, KeyError, TypeError):
        overload = signal
    return overload, len(types)


def _slot_for(target: tuple[Any, ...], wanted: int) -> Callable[..., Any]:
    if len(target) == 2:
        receiver, name = target[0], target[1].split("(")[0]
        return getattr(receiver, name)
    function = target[0]
    accepted = argument_count(function)
    count = wanted if accepted is None else min(accepted, wanted)
    return lambda *values: function(*values[:count])
