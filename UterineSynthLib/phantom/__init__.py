"""A digital pelvis: description -> anatomy (implicit surfaces) -> tissue -> acquisition -> volume and label map."""
