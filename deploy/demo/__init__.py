"""The demonstration: a bilingual incident of an invented brand, from the first post to the last page."""
