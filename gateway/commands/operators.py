"""`tsur operators`: who may use `tsur` for what, and tokens for those who have no login of their own."""

import secrets

import typer

from gateway.commands.active import Json, admit
from gateway.commands.output import fail, print_json, print_table

operators = typer.Typer(no_args_is_help=True, help="Who may use tsur for what: operators.yaml beside the key ring.")


@operators.command("list")
def show_list(as_json: Json = False) -> None:
    """Names, roles and municipalities of operators.yaml."""
    from gateway.operators import ALL, Denied, load
    from gateway.settings import read_settings

    path = read_settings().operators_file
    if not path.exists():
        raise fail(f"{path} is not there: whoever can run tsur may do everything; see docs/security.md")
    admit(None, "viewer")
    try:
        known = load(path)
    except Denied as error:
        raise fail(str(error)) from error
    rows = [(o.name, o.role, "token" if o.token else "login", ", ".join(o.municipalities or (ALL,))) for o in known]
    heads = ("name", "role", "known by", "municipalities")
    print_json([dict(zip(heads, row, strict=True)) for row in rows]) if as_json else print_table(heads, rows)


@operators.command("whoami")
def whoami(as_json: Json = False) -> None:
    """Who you are to the gateway: what the audit will say."""
    one = admit(None, "viewer")
    where = "all" if one.municipalities is None else ", ".join(one.municipalities)
    if as_json:
        print_json({"name": one.name, "role": one.role, "municipalities": where})
    else:
        typer.echo(f"{one.name}: {one.role}, municipalities: {where}")


@operators.command("token")
def make_token() -> None:
    """Make a token: the operator gets it, operators.yaml its hash. It is shown once and kept nowhere."""
    from gateway.operators import TOKEN, hash_token

    token = secrets.token_urlsafe(32)
    typer.echo(f"{TOKEN}={token}")
    typer.echo(f'token: "{hash_token(token)}"')


def register(app: typer.Typer) -> None:
    app.add_typer(operators, name="operators")
