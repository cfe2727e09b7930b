"""Measuring the reading against gold: quotations, speakers, aliases and chapter headings."""
