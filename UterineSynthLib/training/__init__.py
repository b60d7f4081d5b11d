"""Training a family: configs, data ahead of time, the loop, checkpoints to resume and snapshots to publish."""
