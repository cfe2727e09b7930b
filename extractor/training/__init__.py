"""World model, persona model, evaluation and chat; needs the `train` extra."""
