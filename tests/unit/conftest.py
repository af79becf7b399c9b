import pytest_socket


def pytest_runtest_setup() -> None:
    """A unit test reaches nothing outside its process; an event loop's own pair of sockets is a unix one."""
    pytest_socket.disable_socket(allow_unix_socket=True)
