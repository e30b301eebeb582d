"""The storage tiers of a mission, kept as the mission's file wants them. Runs as root on the storage host."""
