"""Convergence: from a deployment to role variables, to what has changed, to Ansible's runs on the hosts."""
