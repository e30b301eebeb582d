"""Tells a cluster who there is: for the policy that pins as who pods run, and for the name service in them."""
