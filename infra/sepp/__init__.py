"""sepp-kit: a Science Exploitation and Preservation Platform from one file per mission.

Data flows one way: configuration -> plan -> target -> inventory -> roles -> verification.
See docs/architecture.md.
"""

__version__ = "0.1.0"
