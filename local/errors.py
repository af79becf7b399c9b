"""What the local stack tells the person at the keyboard: one sentence, no traceback."""


class StackError(Exception):
    """The stack can't start or go on; the message says why and where to look."""


class TemplateError(StackError):
    """template.yaml says something that can't be understood or done; the message names the place."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"template.yaml, {where}: {problem}")
