"""What a volume is: structures and their labels, geometry, reading and writing, resampling, the uterine ROI."""
