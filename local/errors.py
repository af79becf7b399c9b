"""Errors that the local stack shows to the user as one sentence, without a traceback."""


class StackError(Exception):
    """The stack can't start or continue. The message has the reason and where to look."""


class NewerSchemaError(StackError):
    """A file is of a later release. `advice` tells what to do with it."""

    def __init__(self, what: object, schema: int, known: int, advice: str) -> None:
        super().__init__(f"{what} has schema {schema}, and this MaaS knows schemas up to {known}: {advice}")


class TemplateError(StackError):
    """template.yaml is not valid, or needs something that is not supported. The message has the place."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"template.yaml, {where}: {problem}")
