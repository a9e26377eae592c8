"""Benchmarks: ``make bench`` or ``python -m benchmarks``. Every figure stands beside an anchor from the same run."""
