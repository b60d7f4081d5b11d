"""From a request to volumes with provenance: the synthesizer, what it writes, and the worker process around it.

Torch is imported where a model is loaded, never when these modules are.
"""
