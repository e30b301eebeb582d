"""Where platforms run: one package for each target, with the same concepts in each."""
