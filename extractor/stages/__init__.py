"""The stages: records in, records or Dropped out. They know no files, no network, and not each other."""
