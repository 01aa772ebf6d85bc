"""What a compiled mapping raises. Messages name places and reasons, never values: a value may be a resident's."""


class MappingError(Exception):
    """A document, reply or delivery that the mapping cannot carry."""


class ReadingError(MappingError):
    """A document or a reply that cannot be read. `field` is canonical, `path` theirs."""

    def __init__(self, field: str, path: str, why: str) -> None:
        super().__init__(f"{field}: {why}" + (f" (at {path})" if path else ""))
        self.field, self.path, self.why = field, path, why

    @property
    def reason(self) -> str:
        """Why and where, for those who know which field is meant, or that it is none."""
        return self.why + (f" (at {self.path})" if self.path else "")


class RenderingError(MappingError):
    """A delivery that cannot be written in the recipient's form. `field` is the place in the mapping."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


class NotSent(RenderingError):
    """The mapping declares that this code is never told to this system: nothing to deliver."""


class Misfit(Exception):
    """Inside a field: its value does not fit. The message says how, without the value."""
