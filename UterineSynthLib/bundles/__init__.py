"""A trained model on disk: MONAI-bundle layout, weights as safetensors, everything checked before anything is loaded.

Folder layout::

    configs/metadata.json    MONAI's metadata keys, and what the model was trained on
    configs/inference.json   InferenceConfig: networks, latent scale, grid, samplers
    models/autoencoder.safetensors, models/denoiser.safetensors   (or shards NAME-00001-of-00002.safetensors)
    models/tokenizer.json    words of the text condition
    docs/README.md           model card
    docs/ledger.json         training data and their licences
    LICENSE
    digests.json             SHA-256 of every other file; its own digest is the digest of the bundle

Torch is imported only where weights become a network (:mod:`UterineSynthLib.bundles.weights`).
"""
