"""PyYAML's scanner with one rule of YAML 1.2: a `?` may stand in a plain text within brackets: `{name: title?}`."""

import yaml
from yaml.tokens import ScalarToken

_BLANK = "\0 \t\r\n\x85\u2028\u2029"


class Loader(yaml.SafeLoader):
    def scan_plain(self) -> ScalarToken:
        chunks: list[str] = []
        start = end = self.get_mark()
        indent = self.indent + 1
        spaces: list[str] | None = []
        while self.peek() != "#":
            length = self._plain_length()
            if length == 0:
                break
            self.allow_simple_key = False
            chunks += [*(spaces or []), self.prefix(length)]
            self.forward(length)
            end = self.get_mark()
            spaces = self.scan_plain_spaces(indent, start)
            if not spaces or (not self.flow_level and self.column < indent):
                break
        return ScalarToken("".join(chunks), True, start, end)

    def _plain_length(self) -> int:
        length = 0
        while (sign := self.peek(length)) not in _BLANK:
            ends = _BLANK + (",[]{}" if self.flow_level else "")
            if (sign == ":" and self.peek(length + 1) in ends) or (self.flow_level and sign in ",[]{}"):
                break
            length += 1
        return length
