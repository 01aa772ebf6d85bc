"""The grammar as declarations: the checker obeys these tables and the reference is printed from them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    doc: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A place in a mapping file where exactly these keys may stand."""

    title: str
    doc: str
    keys: dict[str, Key]


TOP = Section(
    "The file",
    "One file describes one outer system.",
    {
        "version": Key("version of this language: 1", True),
        "system": Key("the system's name: Latin letters, digits, `_`, `-`", True),
        "title": Key("its name for people"),
        "adapter": Key("the adapter that speaks its protocol", True),
        "roles": Key("`channel`, `recipient` or both", True),
        "mode": Key("`shadow` (records, sends nothing; the default) or `live`"),
        "zone": Key("time zone of all times that name no other, such as `Asia/Yekaterinburg`"),
        "connect": Key("the adapter's own settings: address, authentication, limits"),
        "tables": Key(
            "code tables, by name: rows `ours: [theirs, …]` and `not_sent: [ours, …]` of codes that are never written, "
            "or the path of a shared one, `tables/NAME.yaml`. Where only written, one word may stand for several codes"
        ),
        "in": Key("what is read from it, by kind of document"),
        "out": Key("what is written to it, by intent"),
        "unseen": Key("coverage names (with `*`) that no example reaches, knowingly"),
        "examples": Key("given → expect; `tsur check` runs them"),
    },
)
SHARED_TABLE = Section(
    "A shared table",
    "A file `tables/NAME.yaml` beside `systems`: a code table that several mappings name, such as "
    "`tables: {state: tables/NAME.yaml}`.",
    {
        "version": Key("version of this language: 1", True),
        "base": Key("another shared table: its rows hold for all codes that this one has no row for"),
        "rows": Key("our code → their words, as in `tables` of a mapping", True),
    },
)
KIND = Section(
    "in.KIND",
    "How documents of one kind are found, named and read.",
    {
        "source": Key("the form of the bytes", True),
        "zone": Key("time zone of this kind's times"),
        "when": Key("condition: only such documents are of this kind"),
        "id": Key("the document's external id: a value or a list of values, joined by `/`", True),
        "revision": Key("what changes when the document does: a value or a list of values"),
        "sent_at": Key("when the source sent it: a time"),
        "changes": Key("how to poll: the adapter's settings, and `start`, the date polling begins at"),
        "webhook": Key("how they call us: the adapter's settings"),
        "thread": Key("appeals only: parts of one conversation (the field `thread`) become one appeal"),
        "fields": Key("canonical field → value", True),
    },
)
THREAD = Section(
    "in.KIND.thread",
    "Documents with one value of the field `thread` (and one `applicant.person_id`, where there is one) are parts of "
    "one appeal: its texts and files follow one another in the order of time. A document without `thread` stands "
    "alone. What is edited or deleted within the window changes the appeal before it is decided, later it is a "
    "revision.",
    {
        "quiet": Key(
            "so long nobody writes (`90s`, `2m`, `1h`), then the appeal is whole. It never waits ten times as long, "
            "and not at all when a part is about danger to life",
            True,
        )
    },
)
SOURCE = Section(
    "in.KIND.source",
    "One response, list or call is split into documents, each of which can be read alone.",
    {
        "format": Key("`json`, `xml`, `form` or `csv`", True),
        "encoding": Key("wins over whatever a header or the document says"),
        "each": Key("path to the documents; without it the whole body is one. In XML it begins with the root's name"),
        "entries": Key("path (or `{each, when}`) to parts that are one reading each; `/path` is then the document's"),
        "delimiter": Key("CSV only; `;` unless told"),
        "columns": Key("CSV only: names of the columns of a file without a header"),
    },
)
ENTRIES = Section(
    "in.KIND.source.entries",
    "Several readings of one document, such as the entries of a history.",
    {"each": Key("path to the entries", True), "when": Key("condition, with paths from the entry")},
)
READ = Section(
    "A value that is read",
    "A bare text is a path. Otherwise exactly one source, `path` or `const`, and what is done to it.",
    {
        "path": Key(
            "where it is, with `?` if it may be absent; a list: the first present, or with `join` all that are"
        ),
        "const": Key("this text"),
        "join": Key("joins several paths, or all that a `*` finds, with this text"),
        "type": Key("type of the value; the field's own unless told"),
        "table": Key("name of a table: their word → our code"),
        "unknown": Key("our code for words that the table lacks (they are counted all the same)"),
        "clean": Key("cleaning steps, in this order"),
        "formats": Key("formats of a time, tried in this order"),
        "zone": Key("time zone of this value"),
        "absent": Key("the result of absence"),
        "when": Key("condition; when it does not hold, the value is absent"),
    },
)
LISTING = Section(
    "A list that is read",
    "`attachments` is a list of these.",
    {"each": Key("path to the elements", True), "fields": Key("field of an element → value", True)},
)
CONDITION = Section(
    "Condition",
    "One source, and at most one of `is`, `not`, `absent`; with none of them the source must be present. "
    "A list of conditions means all of them.",
    {
        "path": Key("what is looked at, when reading"),
        "from": Key("what is looked at, when writing"),
        "is": Key("one of these words"),
        "not": Key("none of these words (absence holds)"),
        "absent": Key("`true`: it must be absent"),
    },
)
INTENT = Section(
    "out.INTENT",
    "How one intent is delivered: calls in steps, each recorded and resumed, never restarted.",
    {
        "discloses": Key("what may leave: any of the disclosure classes", True),
        "zone": Key("time zone of the times that are written"),
        "encoding": Key("encoding of the bodies; utf-8 unless told"),
        "lacking": Key("`refuse` (default) or `replace`: what happens to characters the encoding lacks"),
        "settle": Key("seconds after which a «not found» of `find` is believed; 60 unless told"),
        "find": Key(
            "a call that asks whether the delivery already arrived; `none`: it cannot be asked, a person decides"
        ),
        "steps": Key("list of `name: call`", True),
    },
)
HTTP_METHODS = ("get", "post", "put", "patch", "delete")
METHODS = (*HTTP_METHODS, "operation")
BODIES = ("json", "xml", "form", "multipart", "body", "message")
CALL = Section(
    "Call",
    "One exchange: exactly one method (or a SOAP operation) and at most one body.",
    {
        **{
            method: Key(f"{method.upper()} to these segments of the address, each escaped by itself")
            for method in HTTP_METHODS
        },
        "link": Key(
            "only in `fetch`: GET of this address as the system told it, which the hosts of `connect.files` allow"
        ),
        "operation": Key("a SOAP operation, by its name in the WSDL"),
        "query": Key("name → value"),
        "headers": Key("name → value"),
        "json": Key("the body as a JSON tree"),
        "xml": Key("the body as one root element"),
        "form": Key("the body as an urlencoded form"),
        "multipart": Key("the body as multipart: name → value or `{file: item}`"),
        "body": Key("the body as bytes of a file or as text"),
        "message": Key("content of the operation's input element: names as in its schema, in any order"),
        "soap_header": Key("elements of the SOAP header"),
        "each": Key("one call per file (`case.files`) or per part of a text (`{split: …, max: …}`)"),
        "when": Key("condition; the step is left out when it does not hold"),
        "reply": Key("the form of the reply; JSON unless told (XML after `xml` and `operation`)"),
        "take": Key("name → value read from the reply, for later steps"),
        "receipt": Key("value read from the reply: the number that proves registration"),
        "refuse": Key("where a reply of success hides an error"),
        "missing": Key(
            "`find` only: `true`: HTTP 404 or 410 means that it did not arrive; else they mean a wrong address, and "
            "nothing is sent again"
        ),
        "key": Key("header that carries an idempotency key"),
        "idempotent": Key("`true`: the system makes one effect of many (GET, PUT and DELETE are so by themselves)"),
        "find": Key(
            "a call that asks whether this very call arrived, where the `find` of the intent cannot tell; `none`: it "
            "cannot be asked, a person decides"
        ),
        "may_fail": Key("`true`: when the system refuses this call, the delivery goes on without it"),
    },
)
SPLIT = Section(
    "Call.each by parts",
    "A long text in several calls, cut between sentences or words.",
    {"split": Key("name of the text", True), "max": Key("characters in a part", True)},
)
REPLY = Section(
    "Call.reply",
    "The form of a reply.",
    {"format": Key("`json`, `xml` or `form`", True), "encoding": Key("wins over headers")},
)
REFUSE = Section(
    "Call.refuse",
    "Without `when`, a code at the path means refusal.",
    {"path": Key("where the error's code is", True), "when": Key("condition, with paths from the reply")},
)
WRITE = Section(
    "A value that is written",
    "A bare text is a constant. Otherwise exactly one source: `from`, `const`, `take`, `secret` or `file`.",
    {
        "from": Key("name in the scope; a list: the first that is present, or with `join` all that are. `?`: optional"),
        "const": Key("this text"),
        "take": Key("what an earlier call's reply gave"),
        "secret": Key("a secret's name; only in headers, query, segments and forms"),
        "file": Key("`item`: the content of the file of this `each`"),
        "all": Key("`true`, with `take`: the list of what every call of an `each` step took"),
        "join": Key("joins several names with this text"),
        "type": Key("type of the value; the scope's own unless told"),
        "table": Key("name of a table: our code → their word"),
        "unknown": Key("their word for codes that the table lacks, such as «other»; `not_sent` stays so"),
        "clean": Key("cleaning steps, in this order"),
        "formats": Key("the format of a time; the first is written"),
        "zone": Key("time zone of this value"),
        "max": Key("characters it may have"),
        "longer": Key("`refuse` (default), `cut`, which needs `mark`, or `attach`, which needs a step over the files"),
        "mark": Key("text that ends a cut value"),
        "absent": Key("the result of absence"),
        "nullable": Key("`true`: absence is JSON null"),
        "name": Key("with `file`: the file name in a multipart body"),
        "when": Key("condition; when it does not hold, the value is absent"),
    },
)
EACH = Section(
    "A list that is written",
    "One element per file.",
    {"each": Key("a list of files; `?`: left out when empty", True), "item": Key("tree of one element", True)},
)
OBJECT = Section(
    "An object with a condition",
    "Also the way to write an object whose keys look like those of a value.",
    {"object": Key("the object", True), "when": Key("condition")},
)
EXAMPLE_IN = Section(
    "Example of reading",
    "Only the fields named in `expect` are compared, and only they count as seen.",
    {
        "kind": Key("kind of document", True),
        "given": Key("one document as text, or `{file: …}`"),
        "response": Key("a whole response as text or `{file: …}`; it is split first"),
        "id": Key("expected external id (a list for `response`)"),
        "revision": Key("expected revision (a list for `response`)"),
        "sent_at": Key("expected time of sending (a list for `response`)"),
        "expect": Key("field → text; a list of them for several readings; an empty text means absence"),
        "fails": Key("the field whose reading must fail"),
        "title": Key("what it shows"),
    },
)
EXAMPLE_OUT = Section(
    "Example of writing",
    "`given` names only what matters; obligatory rest is filled in. A section of a call is compared whole; what is "
    "known only later is written `{take: NAME}`, `{secret: NAME}`, `{file: DIGEST}` (`{file: DIGEST, as: base64}`).",
    {
        "intent": Key("intent", True),
        "given": Key("scope name → text; `case.files` is a list of `{name, digest, …}`", True),
        "expect": Key("call → method, query, headers, body as they must leave"),
        "replies": Key("call → the reply's text"),
        "takes": Key("call → what must be taken from its reply"),
        "refuses": Key("call → the error code that must be seen in its reply"),
        "fails": Key("the place whose writing must be refused"),
        "title": Key("what it shows"),
    },
)
SECTIONS = (
    TOP, SHARED_TABLE, KIND, THREAD, SOURCE, ENTRIES, READ, LISTING, CONDITION, INTENT, CALL, SPLIT, REPLY, REFUSE,
    WRITE, EACH, OBJECT, EXAMPLE_IN, EXAMPLE_OUT,
)  # fmt: skip
ROLES = {"channel": "residents write through it", "recipient": "it settles problems"}
MODES = {"shadow": "records, sends nothing", "live": "sends"}
LACKING = {"refuse": "the delivery is refused", "replace": "it is replaced by a look-alike or `?`"}
LONGER = {
    "refuse": "the delivery is refused",
    "cut": "it is cut between words and ends with `mark`",
    "attach": "as `cut` (with a mark of its own unless told), and the whole text is one more of the files: "
    "`case.text` of `case.files`, `answer.text` of `answer.files`; a text file in UTF-8, `Полный текст.txt`",
}
