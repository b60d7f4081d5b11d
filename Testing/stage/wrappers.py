"""Classes that answer as PythonQt's wrappers do: properties are values, and nothing unknown is accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore

from stage import signals

QT_CLASS_OF: dict[type, type] = {}
"""Wrapped class -> the PySide6 class it wraps."""


class Wrapper:
    """What every wrapped class adds. Python subclasses may carry attributes of their own; the wrapped classes not."""

    connect, disconnect = signals.connect, signals.disconnect

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        # Shiboken looks for "connect" in the dictionary of the class itself and passes over inherited ones.
        cls.connect, cls.disconnect = signals.connect, signals.disconnect

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)

    def className(self) -> str:
        """Name of the C++ class."""
        return type(self).__name__

    def findChildren(self, kind: Any = QtCore.QObject, name: str | None = None) -> tuple[Any, ...]:
        """Children by class or class name; a tuple, as PythonQt turns every list into one."""
        base = QtCore.QObject if isinstance(kind, str) else QT_CLASS_OF.get(kind, kind)
        children = QtCore.QObject.findChildren(self, base)
        named = [child for child in children if name is None or child.objectName == name]
        return tuple(child for child in named if not isinstance(kind, str) or child.inherits(kind))

    def findChild(self, kind: Any, name: str | None = None) -> Any:
        """First of :meth:`findChildren`, or None."""
        return next(iter(Wrapper.findChildren(self, kind, name)), None)

    def __setattr__(self, name: str, value: Any) -> None:
        plain = type(self) in QT_CLASS_OF
        if plain and not hasattr(type(self), name) and QtCore.QObject.property(self, name) is None:
            msg = f"{name!r} does not exist on {type(self).__name__}"
            raise AttributeError(msg)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            value = QtCore.QObject.property(self, name)
            if value is not None:
                return value
            for child in QtCore.QObject.children(self):
                if child.objectName == name:
                    return child
        msg = f"{type(self).__name__} has no attribute named {name!r}"
        raise AttributeError(msg)


def wrap(qt_class: type) -> type:
    """Wrapped class of a PySide6 class. Raises TypeError for the few that cannot be derived from."""
    own = {"__module__": "qt", "connect": signals.connect, "disconnect": signals.disconnect}
    wrapped = type(qt_class.__name__, (Wrapper, qt_class), own)
    QT_CLASS_OF[wrapped] = qt_class
    return wrapped


def turn_getters_into_properties(qt_class: type) -> None:
    """Let ``w.text`` be the text, so that ``w.text()`` fails as in Slicer. Changes the PySide6 class."""
    meta = qt_class.staticMetaObject
    for index in range(meta.propertyOffset(), meta.propertyCount()):
        name = meta.property(index).name()
        getter = _inherited(qt_class, name)
        if name == "singleShot" or isinstance(getter, property):
            continue
        if getter is None:
            getter = _inherited(qt_class, "is" + name[0].upper() + name[1:])
        try:
            setattr(qt_class, name, _property(name, getter if callable(getter) else None))
        except (TypeError, AttributeError):
            continue


def _inherited(qt_class: type, name: str) -> Any:
    return next((base.__dict__[name] for base in qt_class.__mro__ if name in base.__dict__), None)


def _property(name: str, getter: Callable[[Any], Any] | None) -> property:
    def read(widget: Any) -> Any:
        return getter(widget) if getter else QtCore.QObject.property(widget, name)

    def write(widget: Any, value: Any) -> None:
        setter = getattr(widget, "set" + name[0].upper() + name[1:], None)
        if setter:
            setter(value)
        elif not QtCore.QObject.setProperty(widget, name, value):
            raise AttributeError(name)

    return property(read, write)
