"""What the answers of a reader study show: plain arrays in, estimates with intervals or a reason out.

Own code stands only where no kept package with a licence like ours exists (pingouin and krippendorff are GPL-3):
AUC covariances, Obuchowski-Rockette, intraclass correlation, Krippendorff's alpha and Gwet's AC.
"""
