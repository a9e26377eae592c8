"""Word lists of our own: what words mean in tone, in French."""
