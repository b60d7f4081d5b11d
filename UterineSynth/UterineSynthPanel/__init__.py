"""The panel of the UterineSynth module, one noun a file. Heavy work happens in the worker process."""
