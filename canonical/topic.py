"""What it is about."""

from canonical.form import Form, RawCode


class Topic(Form):
    code: str | None = None  # our classifier's code (mappings/topics.yaml); None: not known yet
    raw: RawCode | None = None  # the channel's code and its text
