"""The directory of users and groups, seen from the operator's side."""
