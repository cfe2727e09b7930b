"""From records to a corpus: clean, split, formats, role card."""
