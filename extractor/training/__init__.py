"""Training: a world model from the book's corpus, a persona model on top of it, their evaluation and a talk with them.

Everything heavy (torch, transformers, trl, peft) is imported inside functions; importing this package costs nothing.
"""
