"""The command ``uterinesynth``: one thin module per verb, heavy imports inside the function that needs them."""
