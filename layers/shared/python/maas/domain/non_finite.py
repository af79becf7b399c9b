"""Numbers of a request that are written as `NaN` or `Infinity`, in contrast to digits that no number has room for."""


class NonFinite(float):
    """NaN or an infinity that a caller has written as such. Digits such as 1e999 are read as a plain infinity."""
