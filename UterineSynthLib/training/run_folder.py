"""Names of the files in the folder of a training run."""

CONFIG_FILE, LOG_FILE, SNAPSHOT_FILE = "config.json", "log.jsonl", "snapshot.safetensors"
TOKENIZER_FILE, LATENTS_FILE = "tokenizer.json", "latents.json"
TONES_FILE, STYLES_FILE, COLOUR_FILE, GRAIN_FILE = "tones.json", "styles.json", "colour.json", "grain.json"
