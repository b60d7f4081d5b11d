"""UterineSynth: synthesis of uterine MRI, and the proof of what its images are worth.

The package imports nothing at start-up; ``design`` of the rooms, lowest first: ``description``, ``volumes``,
``phantom``, ``dataset``, ``networks``, ``diffusion``, ``bundles``, ``synthesis``, ``cli``. A room imports only
from rooms before it.
"""

__version__ = "0.1.0"
