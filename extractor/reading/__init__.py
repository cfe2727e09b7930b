"""What code can know of a novel: decoding, chapters, quotations, cast, speakers."""
