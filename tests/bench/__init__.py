"""Benchmarks: figures for docs/performance.md, never asserts."""
