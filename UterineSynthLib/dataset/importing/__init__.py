"""Real files into a manifest: find the cases, repair what can be repaired and say so, refuse the rest and say why."""
