"""Where it is."""

from pydantic import Field

from canonical.form import Form


class Point(Form):
    """WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Place(Form):
    """Every part is optional: people write «Ленина 5», systems send an ОКТМО code or a point."""

    text: str | None = Field(None, description="the address as it was written")
    oktmo: str | None = Field(None, description="municipality by ОКТМО")
    municipality: str | None = None
    settlement: str | None = None
    street: str | None = None
    house: str | None = None
    flat: str | None = Field(None, description="personal data: never leaves without `contacts` disclosed")
    object: str | None = Field(None, description="route 27, kindergarten 12, «сквер …»")
    point: Point | None = None
    contradiction: str | None = Field(None, description="how point and names contradict; the point is then not used")
