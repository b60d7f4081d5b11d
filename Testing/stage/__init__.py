"""A stage on which the Slicer module runs without Slicer: real MRML core, PySide6 in the place of PythonQt."""
