"""The report of a reader study: reads a result record and the readings, draws figures, writes one HTML page."""
