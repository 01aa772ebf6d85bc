"""The ledger's tables. Times are milliseconds since the epoch, UTC; blobs are encrypted by `ledger.vault`."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy import text as text_sql

metadata = MetaData()


class Word(String):
    """One of our own code words. In conditions it is written out, never bound: PostgreSQL plans once for all values,
    and only a condition that it can read proves that a partial index fits."""

    cache_ok = True

    class Comparator(String.Comparator[str]):
        def operate(self, op: Any, *other: Any, **options: Any) -> Any:
            return super().operate(op, *(_write_out(value) for value in other), **options)

    comparator_factory = Comparator


def _write_out(value: Any) -> Any:
    if isinstance(value, str):
        if not value.isidentifier():
            raise ValueError("a condition on a code word compares it with a word of ours")
        return literal_column(f"'{value}'", String)
    if isinstance(value, tuple | list | set | frozenset) and value:
        return [_write_out(one) for one in value]
    return value


OPEN_DELIVERY = ("waiting", "sending", "unknown")


def text(name: str, **options: Any) -> Column[str]:
    return Column(name, String, **({"nullable": False} | options))


def word(name: str) -> Column[str]:
    return Column(name, Word, nullable=False)


def moment(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, **options)


def count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, default=0, server_default="0")


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=False, server_default="0")


def blob(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=True)


def maybe(name: str) -> Column[str]:
    return Column(name, String, nullable=True)


worker = Table(
    "worker", metadata,
    text("id", primary_key=True), text("role"), text("host"), Column("pid", Integer), maybe("config"),
    moment("started_at"), moment("beat_at"), flag("fenced"),
)  # fmt: skip

document = Table(
    "document", metadata,
    text("id", primary_key=True), text("system"), text("kind"), text("external_id"), text("revision"),
    text("digest"), word("state"), count("urgency"), moment("received_at"), moment("sent_at"), moment("due_at"),
    count("attempts"), count("lost"), count("copies"), maybe("worker"), maybe("reason"), Column("detail", Text),
    maybe("disposition"), maybe("subject"), maybe("config"), text("content_type"), count("size"), blob("body"),
    UniqueConstraint("system", "kind", "external_id", "revision", name="one_row_per_arrival"),
)  # fmt: skip
Index("document_claimable", document.c.urgency, document.c.id,
      sqlite_where=document.c.state == "received", postgresql_where=document.c.state == "received")  # fmt: skip
Index("document_waiting", document.c.state, document.c.system,
      sqlite_where=document.c.state.in_(("parked", "quarantined")),
      postgresql_where=document.c.state.in_(("parked", "quarantined")))  # fmt: skip

Index("document_parts", document.c.subject, sqlite_where=text_sql("disposition = 'part'"),
      postgresql_where=text_sql("disposition = 'part'"))  # fmt: skip

appeal = Table(
    "appeal", metadata,
    text("id", primary_key=True), text("system"), text("external_id"), maybe("thread"), word("state"),
    text("legal_kind"), count("urgency"), text("case_id"), text("document_id"), maybe("person"), maybe("phone"),
    maybe("email"), maybe("topic"), maybe("oktmo"), moment("created_at"), moment("received_at"), moment("due_at"),
    flag("deleted"), count("edits"), maybe("join_kind"), blob("features"), blob("body"),
    UniqueConstraint("system", "external_id", name="one_appeal_per_source"),
)  # fmt: skip
Index("appeal_of_case", appeal.c.case_id)

cases = Table(
    "cases", metadata,
    text("id", primary_key=True), word("state"), text("appeal_id"), maybe("topic"), maybe("oktmo"), maybe("rule"),
    maybe("answered_by"), count("urgency"), count("appeals"), count("reopened"), moment("opened_at"),
    moment("due_at"), moment("paused_at"), moment("changed_at"), maybe("event_id"), maybe("config"),
)  # fmt: skip

event = Table(
    "event", metadata,
    text("id", primary_key=True), text("topic"), text("zone"), moment("opened_at"), moment("closed_at"),
    maybe("opened_by"),
)  # fmt: skip

assignment = Table(
    "assignment", metadata,
    text("id", primary_key=True), text("case_id"), text("recipient"), word("state"), Column("lead", Boolean),
    maybe("number"), maybe("raw_code"), maybe("raw_text"), moment("changed_at"), moment("due_at"),
    moment("followed_at"),
    UniqueConstraint("case_id", "recipient", name="one_assignment_per_recipient"),
)  # fmt: skip
Index("assignment_by_number", assignment.c.recipient, assignment.c.number)

answer = Table(
    "answer", metadata,
    text("id", primary_key=True), text("assignment_id"), text("case_id"), text("document_id"), text("entry"),
    word("state"), maybe("finality"), maybe("outcome"), flag("speaks"), Column("version", Integer), moment("at"),
    moment("heard_at"), flag("stopped"), blob("body"),
    UniqueConstraint("assignment_id", "entry", name="one_row_per_entry"),
)  # fmt: skip
Index("answer_of_case", answer.c.case_id)

obligation = Table(
    "obligation", metadata,
    text("id", primary_key=True), text("case_id"), text("appeal_id"), text("system"), word("state"),
    maybe("reason"), maybe("delivery_id"), moment("due_at"), moment("met_at"),
    UniqueConstraint("appeal_id", "system", name="one_obligation_per_addressee"),
)  # fmt: skip
Index("obligation_owed", obligation.c.due_at,
      sqlite_where=obligation.c.state == "owed", postgresql_where=obligation.c.state == "owed")  # fmt: skip

delivery = Table(
    "delivery", metadata,
    text("id", primary_key=True), text("subject"), text("system"), text("intent"), text("cause"),
    count("generation"), word("state"), text("case_id"), maybe("appeal_id"), maybe("assignment_id"),
    maybe("answer_id"), maybe("obligation_id"), text("order_key"), maybe("needs"), count("urgency"),
    moment("created_at"), moment("due_at"), moment("done_at"), count("attempts"), count("lost"), maybe("worker"),
    maybe("number"), maybe("reason"), Column("detail", Text), maybe("config"), blob("plan"), blob("progress"),
    UniqueConstraint("subject", "system", "intent", "cause", "generation", name="one_effect_per_delivery"),
)  # fmt: skip
_IS_OPEN = delivery.c.state.in_(OPEN_DELIVERY)
Index("delivery_lane", delivery.c.system, delivery.c.state, delivery.c.urgency, delivery.c.id,
      sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)  # fmt: skip
Index("delivery_order", delivery.c.order_key, delivery.c.id,
      sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)  # fmt: skip
Index("delivery_of_case", delivery.c.case_id)

candidate = Table(
    "candidate", metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False), text("appeal_id", primary_key=True),
    moment("at"),
)  # fmt: skip

desk = Table(
    "desk", metadata,
    text("id", primary_key=True), text("kind"), text("subject"), maybe("system"), count("urgency"), text("reason"),
    Column("evidence", Text), moment("opened_at"), moment("closed_at"), maybe("decision"), maybe("decided_by"),
    Column("undo", Text), flag("open"),
)  # fmt: skip
Index("desk_open", desk.c.urgency, desk.c.opened_at,
      sqlite_where=text_sql("open"), postgresql_where=text_sql("open"))  # fmt: skip
Index("desk_subject", desk.c.subject)

occurrence = Table(  # the audit: plain rows, sealed in batches
    "occurrence", metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    moment("at"), text("kind"), text("subject"), maybe("actor"), maybe("config"), Column("detail", Text),
)  # fmt: skip
Index("occurrence_subject", occurrence.c.subject)

seal = Table(
    "seal", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False), moment("at"), Column("first", BigInteger),
    Column("last", BigInteger), text("salt"), text("mac"),
)  # fmt: skip

config = Table("config", metadata, text("hash", primary_key=True), moment("created_at"), Column("content", LargeBinary))
activation = Table(
    "activation", metadata,
    Column("id", Integer, primary_key=True, autoincrement=False), text("hash"), moment("at"), maybe("by"),
)  # fmt: skip

lane = Table(  # what is known of each system: its breaker, its cursor, whether it is live
    "lane", metadata,
    text("system", primary_key=True), flag("live"), flag("paused"), count("failures"), moment("retry_at"),
    moment("ok_at"), moment("failed_at"), Column("detail", Text),
)  # fmt: skip
cursor = Table(
    "cursor", metadata,
    text("system", primary_key=True), text("kind", primary_key=True), Column("value", Text), moment("at"),
)  # fmt: skip
schedule = Table(
    "schedule", metadata,
    text("name", primary_key=True), moment("due_at"), maybe("worker"),
)  # fmt: skip

rating = Table(
    "rating", metadata,
    text("id", primary_key=True), text("answer_id"), text("appeal_id"), Column("score", Integer), moment("at"),
    blob("body"),
    UniqueConstraint("answer_id", "appeal_id", name="one_rating_per_answer"),
)  # fmt: skip
file = Table(  # contents in the file store, by their keyed digest
    "file", metadata,
    text("digest", primary_key=True), Column("size", BigInteger), maybe("media_type"), moment("stored_at"),
)  # fmt: skip
attachment = Table(  # a file that an appeal or an answer names, and what came of fetching it
    "attachment", metadata,
    text("id", primary_key=True), text("owner"), text("mark"), text("system"), word("state"), count("urgency"),
    moment("created_at"), moment("due_at"), moment("done_at"), count("attempts"), count("lost"), maybe("worker"),
    maybe("reason"), Column("detail", Text), maybe("digest"), Column("size", BigInteger), maybe("media_type"),
    flag("late"), flag("shareable"), blob("body"),
    UniqueConstraint("owner", "mark", name="one_row_per_file"),
)  # fmt: skip
Index("attachment_due", attachment.c.system, attachment.c.urgency, attachment.c.id,
      sqlite_where=attachment.c.state == "waiting", postgresql_where=attachment.c.state == "waiting")  # fmt: skip
Index("attachment_of_content", attachment.c.digest)
