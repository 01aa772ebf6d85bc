"""Who writes. Personal data: encrypted at rest, absent from logs and errors."""

from canonical.form import Form


class Applicant(Form):
    person_id: str | None = None  # the channel's own id of the person
    name: str | None = None  # full name as one line
    surname: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    phone: str | None = None  # E.164
    email: str | None = None  # lower case
    address: str | None = None

    @property
    def full_name(self) -> str | None:
        parts = " ".join(filter(None, (self.surname, self.given_name, self.patronymic)))
        return self.name or parts or None
