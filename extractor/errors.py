"""Every error a user can cause or must hear of; anything else that is raised is a fault of the program.

ExtractorError
├── BookError          a book's folder, book.toml or novel cannot be used as it is
├── StoreError         a file of outputs/ is missing, broken or cannot be written
├── PromptError        a prompt file is missing or names a variable that nobody fills
├── EndpointError      the endpoint cannot be used: key, address, model, balance
│   └── BudgetError    going on would cost more than the budget allows
├── ReplyError         one reply of the model cannot be used; the run goes on
└── TrainingError      a model cannot be trained, loaded or talked to

A message is one or two sentences: where, what is wrong with which value, what to do.
"""

from __future__ import annotations


class ExtractorError(Exception):
    """Root of all errors that end a command with one line."""


class BookError(ExtractorError):
    """A book's folder, book.toml or novel cannot be used as it is."""


class StoreError(ExtractorError):
    """A file of outputs/ is missing, broken or cannot be written."""


class PromptError(ExtractorError):
    """A prompt file is missing or names a variable that nobody fills."""


class EndpointError(ExtractorError):
    """The endpoint cannot be used: key, address, model, balance."""


class BudgetError(EndpointError):
    """Going on would cost more than the budget allows."""


class ReplyError(ExtractorError):
    """One reply of the model cannot be used; the run goes on without it."""


class TrainingError(ExtractorError):
    """A model cannot be trained, loaded or talked to."""
