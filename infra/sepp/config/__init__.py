"""Mission and platform configuration: models, reading with positions, JSON Schema."""
