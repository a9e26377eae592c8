"""The real servers that developers and tests run on this machine, one module each, and the check for them."""
