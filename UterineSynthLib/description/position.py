"""Version and flexion as signed angles, and the four published position classes.

No numeric cut-offs are published, so this project publishes its own. All axes are directed cranially and projected on
the mid-sagittal plane of the body:

- the *vagina axis* runs from the introitus to the external os,
- the *cervix axis* from the external os to the internal os,
- the *corpus axis* from the internal os to the middle of the fundal serosa.

``version_deg`` is the angle from the vagina axis to the cervix axis, ``flexion_deg`` the angle from the cervix axis to
the corpus axis. An angle is positive when the second axis is turned towards the front of the body (anteversion,
anteflexion) and negative when towards the back. Within :data:`DEAD_BAND_DEG` of zero the uterus is called axial in that
angle and belongs to none of the four classes.
"""

from __future__ import annotations

from UterineSynthLib.description.vocabulary import UterinePosition

DEAD_BAND_DEG = 10.0


def position_of(version_deg: float, flexion_deg: float) -> UterinePosition | None:
    """Position class of a pair of signed angles in degrees; None inside the dead band of either."""
    if abs(version_deg) < DEAD_BAND_DEG or abs(flexion_deg) < DEAD_BAND_DEG:
        return None
    version = "AV" if version_deg > 0 else "RV"
    flexion = "AF" if flexion_deg > 0 else "RF"
    return UterinePosition(f"{version}/{flexion}")


def signs_of(position: UterinePosition) -> tuple[int, int]:
    """Sign of version and of flexion in a position class."""
    version, flexion = position.value.split("/")
    return (1 if version == "AV" else -1), (1 if flexion == "AF" else -1)
