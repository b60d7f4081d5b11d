"""MONAI networks assembled from typed configs: autoencoder, denoiser, condition encoders, text tokens."""
