"""Compiles one call of an intent."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from canonical.mapping.grammar import BODIES, CALL, METHODS, SPLIT
from canonical.mapping.job import Job, Write
from canonical.mapping.multipart import compile_body_value, compile_multipart
from canonical.mapping.nodes import Map, Node, Seq, Text
from canonical.mapping.opening import Opened, open_map, read_count, read_flag, read_text
from canonical.mapping.outdesk import Intent, Spot, find_name
from canonical.mapping.replies import Reply, compile_reply
from canonical.mapping.splitting import split_text
from canonical.mapping.trees import check_headers, compile_form, compile_pairs, compile_tree, read_files, to_segment
from canonical.mapping.when import When, compile_when
from canonical.mapping.writing import compile_value
from canonical.mapping.xmltree import compile_message, compile_xml
from canonical.plan import Body, Call

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
#: Names of calls that ask about one call begin so.
ASK = "find:"
#: scope → what the step's calls run over
Items = Callable[[Any], list[Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """A call as declared; `each_name` names the list it runs over."""

    name: str
    where: str  # coverage name, such as `out.forward.create`
    method: str
    path: tuple[Write, ...]
    query: Write | None
    headers: Write | None
    body: Write | None
    body_format: str
    soap_header: Write | None
    encoding: str
    items: Items | None
    each_name: str | None
    when: When | None
    key: str | None
    idempotent: bool
    reply: Reply
    link: Write | None = None
    ask: "Step | None" = None  # asks whether this very call arrived
    may_fail: bool = False
    missing: bool = False  # of a `find`: 404 or 410 says that it did not arrive
    unasked: bool = False  # `find: none`

    def render(self, job: Job) -> Iterator[Call]:
        if self.when is not None and not self.when(job):
            return
        if self.items is None:
            job.counts[self.name] = 1
            yield self._call(job, self.name)
            return
        for index, item in enumerate(self.items(job.scope), 1):
            job.index, job.item = index, item
            job.counts[self.name] = index
            yield self._call(job, f"{self.name}.{job.index}")
        job.item = None

    def _call(self, job: Job, name: str) -> Call:
        headers = self.headers(job) if self.headers else {}
        check_headers(f"{self.where}.headers", headers)
        if self.key:
            headers[self.key] = f"{job.scope.delivery_id}-{name}"
        return Call(
            name=name,
            method=self.method.upper(),
            path=tuple(to_segment(f"{self.where}.{self.method}", write(job)) for write in self.path),
            link=self.link(job) if self.link else None,
            query=self.query(job) if self.query else {},
            headers=headers,
            body=self._message(job) if self.method == "operation" else self._body(job) if self.body else None,
            idempotent=self.idempotent,
            may_fail=self.may_fail,
            missing=self.missing,
            find=self.ask._call(job, f"{ASK}{name}") if self.ask else None,
            unasked=self.unasked,
        )

    def _body(self, job: Job) -> Body | None:
        tree = self.body(job) if self.body else None
        form = self.body_format
        if form == "body":
            form = "bytes" if isinstance(tree, dict) else "text"
        if form == "json" and not isinstance(tree, dict | list | str | int | float):
            tree = {}
        return Body(format=form, tree=tree, encoding=self.encoding)

    def _message(self, job: Job) -> Body:
        """What the envelope holds; parts that are absent are left out."""
        parts = {"soap_header": self.soap_header, "message": self.body}
        return Body(format="message", tree={name: write(job) for name, write in parts.items() if write})


def compile_call(name: str, node: Node, intent: Intent, around: Spot | None = None) -> Step | None:
    """`around`: where the call stands that this one asks about."""
    report = intent.desk.report
    opened = open_map(node, CALL, report)
    if opened is None:
        return None
    spot = replace(around or Spot(intent, ""), where=f"out.{intent.name}.{name}")
    spot, items = _each(opened.get("each"), spot)
    method = _method(node, opened, intent)
    link = _link(opened, replace(spot, fixed=True).at("link"))
    where = replace(spot, secret=True, fixed=True).at(method or "")
    segments = [] if link else _segments(opened[method], where, intent) if method in opened else None
    body_name, body = _body(opened, spot, method, intent)
    soap_header = _soap_header(opened, spot)
    _check_soap(method, body_name, opened, intent)
    query = _pairs("query", opened, replace(spot, secret=True))
    headers = _pairs("headers", opened, replace(spot, secret=True))
    key = _header(opened.get("key"), intent)
    _check_headers(opened.get("headers"), intent)
    declared = read_flag(opened.get("idempotent"), "`idempotent`", report)
    idempotent = declared or key is not None or method in ("get", "put", "delete")
    unasked = is_none(opened.get("find"))
    ask = compile_call(f"{ASK}{name}", opened["find"], intent, spot) if "find" in opened and not unasked else None
    if ask:
        check_question(opened["find"], ask, intent)
    may_fail = read_flag(opened.get("may_fail"), "`may_fail`", report)
    missing = read_flag(opened.get("missing"), "`missing`", report)
    if missing and name != "find" and not name.startswith(ASK):
        what = "`missing` of a call that does something"
        report.add(opened["missing"], "missing-outside-find", what, "remove it: only a `find` looks for something")
    reply, when = compile_reply(name, opened, intent), compile_when(opened.get("when"), replace(spot, item=None))
    if segments is None or method is None:
        return None
    return Step(
        name, spot.where, method, tuple(segments), query, headers, body, body_name, soap_header,
        intent.encoding or "utf-8", items, spot.each, when, key, idempotent, reply, link, ask, may_fail, missing,
        unasked,
    )  # fmt: skip


def is_none(node: Node | None) -> bool:
    """`find: none`: the system cannot be asked, so an unknown outcome waits for a person."""
    return isinstance(node, Text) and node.value == "none"


def check_question(node: Node, step: Step | None, intent: Intent) -> None:
    """A `find` changes nothing, and something is learnt from it."""
    report = intent.desk.report
    if isinstance(node, Map) and node.get("take") is None and node.get("receipt") is None:
        report.add(node, "find-blind", "`find` reads nothing from the reply", "add `receipt:` or `take:`")
    for name in ("each", "when", "key", "find", "may_fail"):
        if isinstance(node, Map) and (key := node.key(name)):
            report.add(key, "find-effect", f"`{name}` of a `find`", "remove it: `find` is one plain question")
    if step and step.method in ("put", "patch", "delete"):
        report.add(node, "find-effect", f"a `find` by {step.method.upper()}", "ask by GET, or POST to a search")


def _method(node: Node, opened: Opened, intent: Intent) -> str | None:
    methods = [name for name in (*METHODS, "link") if name in opened]
    if len(methods) == 1:
        return "get" if methods == ["link"] else methods[0]
    code, what = ("several-methods", "more than one method") if methods else ("no-method", "no method")
    intent.desk.report.add(node, code, f"a call with {what}", f"write one of {', '.join(METHODS)}: [segment, …]")
    return None


def _link(opened: Opened, spot: Spot) -> Write | None:
    node, report = opened.get("link"), spot.intent.desk.report
    if node is None:
        return None
    if spot.intent.name != "fetch":
        report.add(node, "link-outside-fetch", "`link` outside `fetch`", "write the address as a list of segments")
    if isinstance(node, Text):
        report.add(node, "no-source", "`link` is a fixed text", "write `link: {from: file.url}`")
        return None
    return compile_value(node, spot)


def _segments(node: Node, spot: Spot, intent: Intent) -> list[Write] | None:
    items = node.items if isinstance(node, Seq) else (node,)
    texts: list[Node] = []
    for item in items:
        if isinstance(item, Text) and "/" in item.value.strip("/"):
            texts += [Text(part, item.line, item.column) for part in item.value.split("/") if part]
        else:
            texts.append(Text(item.value.strip("/"), item.line, item.column) if isinstance(item, Text) else item)
    writes = [_segment(item, spot.at(str(place)), intent) for place, item in enumerate(texts)]
    if len(texts) > 1 and isinstance(items[-1], Text) and items[-1].value.endswith("/"):
        writes.append(lambda job: "")  # a trailing slash is a part of the address
    return [write for write in writes if write] if all(writes) else None


def _segment(item: Node, spot: Spot, intent: Intent) -> Write | None:
    if isinstance(item, Seq):
        intent.desk.report.add(item, "wrong-shape", "a list inside an address", "write one list of segments")
        return None
    if isinstance(item, Text) and (remedy := _find_fault(item.value)):
        intent.desk.report.add(item, "expression", "an address is a list of segments", remedy)
    return compile_value(item, spot)


def _find_fault(segment: str) -> str | None:
    """What mends a segment that is none."""
    if re.search(r"^\w+:", segment):
        return "leave scheme and host out: `connect.base_url` has them"
    if segment in (".", ".."):
        return "write where it leads: dots alone would climb out of the address"
    return "put `?…` into `query:`" if re.search(r"[?#]", segment) else None


def _body(opened: Opened, spot: Spot, method: str | None, intent: Intent) -> tuple[str, Write | None]:
    bodies = [name for name in BODIES if name in opened]
    if len(bodies) > 1:
        last = max((opened[name] for name in bodies), key=lambda node: (node.line, node.column))
        intent.desk.report.add(last, "several-bodies", "a call with more than one body", "keep one")
    if not bodies:
        return "json", None
    name = bodies[0]
    if method == "get":
        intent.desk.report.add(opened[name], "body-of-get", "a GET with a body", "use `query:` or another method")
    spot = replace(spot, body=True).at(name)
    compilers: dict[str, Callable[[Node, Spot], Write | None]] = {
        "json": lambda node, at: compile_tree(node, replace(at, style="json")),
        "xml": lambda node, at: compile_xml(node, replace(at, style="xml")),
        "form": lambda node, at: compile_form(node, replace(at, secret=True)),
        "multipart": lambda node, at: compile_multipart(node, replace(at, file=True)),
        "body": lambda node, at: compile_body_value(node, replace(at, file=True, fixed=True)),
        "message": lambda node, at: compile_message(node, replace(at, style="message")),
    }
    return name, compilers[name](opened[name], spot)


def _soap_header(opened: Opened, spot: Spot) -> Write | None:
    if "soap_header" not in opened:
        return None
    return compile_message(
        opened["soap_header"], replace(spot.at("soap_header"), style="message", secret=True, body=True)
    )


def _check_soap(method: str | None, body: str, opened: Opened, intent: Intent) -> None:
    """A message belongs to an operation, and an operation takes nothing else."""
    report, soap = intent.desk.report, method == "operation"
    if soap and not isinstance(opened["operation"], Text):
        report.add(opened["operation"], "wrong-shape", "`operation` is not a name", "write its name in the WSDL")
    for key in ("message", "soap_header"):
        if key in opened and method is not None and not soap:
            report.add(opened[key], "message-without-operation", f"`{key}` of no SOAP operation", "add `operation:`")
    for key in ("query", body):
        if soap and key in opened and key != "message":
            report.add(opened[key], "message-expected", f"`{key}` of a SOAP operation", "write `message:`")


def _pairs(name: str, opened: Opened, spot: Spot) -> Write | None:
    return compile_pairs(opened[name], spot.at(name)) if name in opened else None


def _header(node: Node | None, intent: Intent) -> str | None:
    text = read_text(node, "`key`", intent.desk.report)
    if node is None or text is None:
        return None
    _check_header(node, text, intent)
    return text


def _check_headers(node: Node | None, intent: Intent) -> None:
    for key, _ in node.items if isinstance(node, Map) else ():
        _check_header(key, key.value, intent)


def _check_header(node: Node, name: str, intent: Intent) -> None:
    if not _HEADER.fullmatch(name):
        intent.desk.report.add(node, "header-name", f"`{name}` is no header name", "Latin letters, digits and `-`")


def _each(node: Node | None, spot: Spot) -> tuple[Spot, Items | None]:
    if node is None:
        return spot, None
    if isinstance(node, Text):
        files = read_files({"each": node}, spot)
        made = replace(spot, each=node.value.removesuffix("?"), item="file")
        return made, (lambda scope: list(files(scope))) if files else (lambda scope: [])
    opened = open_map(node, SPLIT, spot.intent.desk.report)
    text = opened.get("split") if opened else None
    most = read_count(opened.get("max"), "`max`", spot.intent.desk.report) if opened else None
    name = find_name(text, spot) if isinstance(text, Text) else None
    made = replace(spot, each=f"split {name.name if name else ''}", item="part")
    if name is None or most is None:
        return made, lambda scope: []
    get, size = name.get, most
    return made, lambda scope: split_text(get(scope) or "", size)
