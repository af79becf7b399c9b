"""Parts that all commands share, and that are needed before one is loaded."""

import click

from maas_client.errors import NotFound

COMMON = [
    click.Option(["--api-url"], help="The address of the API; else MAAS_API_URL, else the profile's."),
    click.Option(["--profile"], help="The profile; else MAAS_PROFILE, else the one in use."),
    click.Option(["--timeout"], type=click.FloatRange(min=0, min_open=True), help="Seconds for each request."),
    click.Option(["--json", "as_json"], is_flag=True, help="Write JSON, one object a line, also on a terminal."),
    click.Option(["-q", "--quiet"], is_flag=True, help="Write ids alone."),
    click.Option(["--debug"], is_flag=True, help="Show the traceback of an error."),
]


class Nothing(Exception):
    """The server has no such thing, with the model that the command was about."""

    def __init__(self, error: NotFound, model: str | None) -> None:
        super().__init__(str(error))
        self.error, self.model = error, model
