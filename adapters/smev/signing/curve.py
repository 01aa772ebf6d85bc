"""GOST R 34.10-2012 over a curve y² = x³ + ax + b, in Jacobian coordinates. Not in constant time: for tests and demos.

Jacobian (X, Y, Z) is the point (X/Z², Y/Z³); Z = 0 is the point at infinity.
"""

from dataclasses import dataclass

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_NOWHERE: _Jacobian = (1, 1, 0)
_WINDOW = 4


@dataclass(frozen=True)
class Curve:
    """`q`: order of the subgroup that `base` makes."""

    p: int
    a: int
    b: int
    q: int
    base: Point

    def holds(self, point: Point) -> bool:
        x, y = point
        return 0 <= x < self.p and 0 <= y < self.p and (y * y - x * x * x - self.a * x - self.b) % self.p == 0

    def sign(self, secret: int, digest: int, nonce: int) -> tuple[int, int] | None:
        """(s, r). None: another nonce is needed, which happens once in 2²⁵⁶."""
        point = self.sum_up([(nonce, self.base)])
        r = point[0] % self.q if point else 0
        s = (r * secret + nonce * (digest % self.q or 1)) % self.q
        return (s, r) if r and s else None

    def verify(self, public: Point, digest: int, s: int, r: int) -> bool:
        if not (0 < s < self.q and 0 < r < self.q and self.holds(public)):
            return False
        inverse = pow(digest % self.q or 1, -1, self.q)
        point = self.sum_up([(s * inverse % self.q, self.base), (-r * inverse % self.q, public)])
        return point is not None and point[0] % self.q == r

    def sum_up(self, terms: list[tuple[int, Point]]) -> Point | None:
        """Σ number · point; None: the point at infinity. All numbers go by windows of four bits, side by side."""
        tables = [(number, self._list_multiples(point)) for number, point in terms]
        windows = -(-max(number.bit_length() for number, _ in terms) // _WINDOW)
        made = _NOWHERE
        for place in range(windows - 1, -1, -1):
            for _ in range(_WINDOW):
                made = self._double(made)
            for number, table in tables:
                if part := number >> place * _WINDOW & 15:
                    made = self._add(made, table[part])
        return self._to_affine(made)

    def _list_multiples(self, point: Point) -> list[_Jacobian]:
        one: _Jacobian = (*point, 1)
        multiples = [_NOWHERE, one]
        for _ in range(14):
            multiples.append(self._add(multiples[-1], one))
        return multiples

    def _double(self, point: _Jacobian) -> _Jacobian:
        x, y, z = point
        if not z or not y:
            return _NOWHERE
        p, square = self.p, y * y % self.p
        middle, zz = 4 * x * square % p, z * z % p
        slope = (3 * x * x + self.a * zz * zz) % p
        new = (slope * slope - 2 * middle) % p
        return new, (slope * (middle - new) - 8 * square * square) % p, 2 * y * z % p

    def _add(self, one: _Jacobian, other: _Jacobian) -> _Jacobian:
        if not one[2] or not other[2]:
            return other if not one[2] else one
        p, (x1, y1, z1), (x2, y2, z2) = self.p, one, other
        zz1, zz2 = z1 * z1 % p, z2 * z2 % p
        u1, u2, s1, s2 = x1 * zz2 % p, x2 * zz1 % p, y1 * z2 * zz2 % p, y2 * z1 * zz1 % p
        if u1 == u2:
            return self._double(one) if s1 == s2 else _NOWHERE
        h, slope = u2 - u1, s2 - s1
        hh = h * h % p
        hhh, v = h * hh % p, u1 * hh % p
        new = (slope * slope - hhh - 2 * v) % p
        return new, (slope * (v - new) - s1 * hhh) % p, h * z1 * z2 % p

    def _to_affine(self, point: _Jacobian) -> Point | None:
        x, y, z = point
        if not z:
            return None
        inverse = pow(z, -1, self.p)
        square = inverse * inverse % self.p
        return x * square % self.p, y * square * inverse % self.p
