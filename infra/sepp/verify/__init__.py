"""Proves a deployed platform from its plan: hosts, services, rights and a notebook."""
