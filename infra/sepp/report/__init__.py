"""What is told to people: the roadmap, adoption, usage, changes, pictures, the reference."""
