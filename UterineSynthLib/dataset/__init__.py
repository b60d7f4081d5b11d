"""Data sets: cases and their manifest, splits by patient, preprocessing to a model's grid, the cache."""
