"""Settings by subject, so that a function loads its own: each class costs its start half a millisecond.

Each is a frozen dataclass, read once in the wiring file and passed on as values. A field's `env` metadata names its
variable. Plain dataclasses, because some functions must not load pydantic.
"""
