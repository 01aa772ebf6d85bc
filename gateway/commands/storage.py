"""The ledger itself: schema, keys, audit, reconciliation."""

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.active import By, name_person
from gateway.commands.output import fail, print_json, print_table, say

if TYPE_CHECKING:
    from gateway.bootstrap import Parts
    from ledger.store import Store

#: Every process looks at the key ring with each heartbeat, once a second.
RING_SEEN_S = 3.0
Quiet = Annotated[bool, typer.Option("--quiet", help="say nothing when all is well")]
Json = Annotated[bool, typer.Option("--json", help="machine-readable output")]
db = typer.Typer(no_args_is_help=True, help="The ledger: its schema, a restored one, and who asked to be forgotten.")
keys = typer.Typer(no_args_is_help=True, help="Encryption keys.")
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


@db.command("upgrade")
def upgrade(quiet: Quiet = False, as_json: Json = False) -> None:
    """Bring the ledger's schema up to date; safe to repeat."""
    from gateway.bootstrap import open_parts
    from gateway.settings import read_settings
    from ledger.schema import read_version

    parts = open_parts(read_settings(), upgrade=True)
    with parts.store.engine.connect() as connection:
        if not quiet:
            version = read_version(connection)
            say(as_json, f"the ledger has schema {version}", schema=version)


@db.command("restored")
def restored(by: By = None, as_json: Json = False) -> None:
    """Say that this ledger was restored from a backup: every lane pauses, what may have been sent is asked for."""
    from gateway.bootstrap import open_parts
    from gateway.settings import read_settings
    from ledger.anchor import Anchor
    from ledger.restore import start_paused

    parts, person = open_parts(read_settings()), name_person(by, "administrator")
    Anchor(read_settings().audit_anchor).forget()
    found = start_paused(parts.store, person)
    forgotten = _forget_again(parts, person)
    text = (
        f"{found.paused} lane(s) paused; {found.unknown} delivery(ies) may have arrived: their systems are asked; "
        f"{found.held} were begun: a person is asked; {found.waiting} wait; {forgotten} forgotten again\n"
        "look at `tsur desk list` and resume each system with `tsur resume SYSTEM`"
    )
    say(as_json, text, **asdict(found), forgotten=forgotten)


def _forget_again(parts: "Parts", person: str) -> int:
    """The backup may be older than what residents asked for; how many it had brought back."""
    from gateway import forgotten
    from workers.forgetting import OnItsWay, forget_again

    left, done = [], 0
    for name in forgotten.read(parts.settings.forgotten):
        try:
            done += forget_again(parts.store, name, person)
        except OnItsWay:
            left.append(name)
    for name in left:
        typer.echo(f"not forgotten yet, something of it may be on its way: `tsur db forget {name}` later", err=True)
    return done


@db.command("forget")
def forget(
    appeal: Annotated[str, typer.Argument(help="the appeal's id, as `tsur trace` shows it")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Remove a resident's text and details for good; counts and states stay. Audited."""
    from gateway.bootstrap import open_parts
    from gateway.forgotten import remember
    from gateway.settings import read_settings
    from ledger.files import collect
    from ledger.tables import appeal as appeal_table
    from workers.forgetting import OnItsWay
    from workers.forgetting import forget as remove
    from workers.resolve_effects import NotPossible, load_one

    parts, person = open_parts(read_settings()), name_person(by, "administrator")
    try:
        with parts.store.read() as tx:
            load_one(tx, appeal_table, appeal)
        remember(parts.settings.forgotten, appeal, person)
        removed = remove(parts.store, appeal, person)
    except (OnItsWay, NotPossible) as error:
        raise fail(str(error)) from error
    # A minute's grace for what is being fetched right now: it is on the disk before the ledger names it.
    removed |= {"contents": collect(parts.store, parts.files.shelf, older_than=60.0)}
    say(as_json, "\n".join(f"{what} removed: {number}" for what, number in removed.items()), **removed)


@keys.command("rotate")
def rotate(
    new: Annotated[bool, typer.Option("--new", help="a new key, though rows of older ones are left")] = False,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="only make the key: give the ring to the other hosts, then rotate")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a new current key and re-encrypt every row and file with it; the old keys stay readable.

    Running processes take the new key by themselves. Where an earlier rotation did not end, a key was prepared, or
    another host wrote with an old key, this one goes on with the current key and makes no other. Exit 1 when something
    does not open.
    """
    from gateway.bootstrap import open_parts
    from gateway.keys import RingHeld, hold_ring
    from gateway.settings import read_settings

    name_person(None, "administrator")
    open_parts(
        read_settings()
    ).store.close()  # a ledger that is not there is told as such, before a lock wants its folder
    try:
        with hold_ring(read_settings().key_ring):
            _rotate(new, prepare, as_json)
    except RingHeld as error:
        raise fail(str(error)) from error


def _rotate(new: bool, prepare: bool, as_json: bool) -> None:
    from gateway.bootstrap import open_parts
    from gateway.keys import add_key
    from gateway.settings import read_settings
    from ledger.rotation import has_older, reencrypt

    parts = open_parts(read_settings())
    goes_on = not (new or prepare) and (has_older(parts.store) or parts.files.has_older())
    if not goes_on:
        key = add_key(read_settings().key_ring)
        if prepare:
            told = f"{key} is made; give {read_settings().key_ring} to every host, then run `tsur keys rotate`"
            say(as_json, told, key=key, new=True)
            return
        parts = open_parts(read_settings())
    _await_processes(parts.store)
    name, closed = parts.keys.current, list[str]()
    done = reencrypt(parts.store, closed.append) | {"files": parts.files.reencrypt(closed.append)}
    lines = [f"goes on with {name}, which is current already"] if goes_on else []
    lines += [f"{table}: {number} re-encrypted with {name}" for table, number in done.items()]
    say(as_json, "\n".join(lines), key=name, new=not goes_on, closed=closed, **done)
    if closed:
        raise fail(f"{len(closed)} do not open and stay as they are: {'; '.join(closed[:20])}")


def _await_processes(store: "Store") -> None:
    """Until those that run have seen the new key: what one wrote with the old one behind us would stay so."""
    from ledger import leases

    with store.read() as tx:
        running = bool(leases.list_alive(tx))
    if running:
        time.sleep(RING_SEEN_S)


@audit.command("verify")
def verify(as_json: Json = False) -> None:
    """Check that no audit row was changed, removed or inserted. Exit 1 if one was."""
    from gateway.bootstrap import open_parts
    from gateway.settings import read_settings
    from ledger.anchor import Anchor
    from ledger.audit import ANOTHER
    from ledger.audit import verify as check

    parts = open_parts(read_settings())
    verdict = check(parts.store, parts.keys.audit, Anchor(read_settings().audit_anchor))
    if as_json:
        print_json({"whole": verdict.whole} | verdict.__dict__)
    else:
        typer.echo(f"{verdict.rows} rows in {verdict.batches} sealed batches, {verdict.unsealed} not sealed yet")
    if verdict.gone is not None:
        raise fail(f"seal {verdict.gone}, which this machine made, is not in the ledger any more: {ANOTHER}")
    if not verdict.whole:
        raise fail(f"batch {verdict.broken} does not fit its seal: somebody changed the audit rows in it")


def reconcile(as_json: Json = False) -> None:
    """Prove that everything is accounted for. Exit 1 if something is not."""
    from gateway.bootstrap import open_parts
    from gateway.settings import read_settings
    from ledger.files import find_missing
    from ledger.reconcile import reconcile as check

    parts = open_parts(read_settings())
    with parts.store.read() as tx:
        verdict = check(tx)
    verdict = verdict.add("stored files whose content is gone", find_missing(parts.store, parts.files.shelf))
    if as_json:
        print_json({"whole": verdict.whole, "counts": verdict.counts, "holes": verdict.holes})
    else:
        rows = [(name, state, number) for name, states in verdict.counts.items() for state, number in states.items()]
        print_table(("what", "state", "rows"), rows)
        for promise, (number, ids) in verdict.holes.items():
            typer.echo(f"BROKEN: {number} × {promise}: {', '.join(ids)}")
    if not verdict.whole:
        raise fail("not everything is accounted for; `tsur trace ID` shows the life of one")
    if not as_json:
        typer.echo("everything is accounted for")


def register(app: typer.Typer) -> None:
    app.add_typer(db, name="db")
    app.add_typer(keys, name="keys")
    app.add_typer(audit, name="audit")
    app.command()(reconcile)
