"""The hub's own parts: sign-on by CAS, servers under the users' own accounts, the platform's look."""
