"""The engine: Pulumi's CLI, the stacks that it runs, and what keeps two runs from meeting."""
