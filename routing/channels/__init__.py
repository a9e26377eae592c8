"""The channels: one module per kind of target. ``table.py`` builds the one that a target asks for."""
