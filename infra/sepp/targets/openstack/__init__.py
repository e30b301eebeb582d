"""The OpenStack target: servers, volumes and networks of a project."""
