"""A municipal system: XML in windows-1251, Russian words, numbers that restart each January, a list without «since»."""

import base64
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand.accounts import account
from stand.channel import YEKATERINBURG, check_token
from stand.deposits import Deposits
from stand.filings import Filing, Filings
from stand.life import LifeSwitches, Stage
from stand.outer import Outer
from stand.payload import element, read_xml, write_xml, xml_reply

ENCODING = "windows-1251"
WORDS = {
    "registered": "Зарегистрировано",
    "in_work": "В работе",
    "asking": "Запрошено уточнение",
    "postponed": "Отложено",
    "answered": "Выполнено",
    "declined": "Отказано",
}
RESULTS = {"solved": "Решено", "explained": "Разъяснено", "not_solved": "Не решено"}


class NadymSwitches(LifeSwitches):
    year: int = 0  # the calendar year of new numbers; 0: this one
    largest_file: int = 10_000_000  # bytes
    archive_after: float = 0  # final filings leave the list after so many seconds; 0: never


class Nadym(Outer):
    name = "nadym"
    switch_kind = NadymSwitches
    switches: NadymSwitches

    def __init__(self, gateway: str, folder: Path | None) -> None:
        super().__init__(gateway, folder)
        self.years: Counter[int] = Counter()
        self.filings = Filings(self.book, lambda: self.switches, self.make_number, self._redraw)
        self.additions: dict[str, list[str]] = {}  # external number of an addition → filings
        self.deposits = Deposits(self.book)
        self.lines: dict[str, bytes] = {}  # number → its element, drawn once per change

    def routes(self) -> list[Route]:
        return [
            Route("/api/zayavki", self.create, methods=["POST"]),
            Route("/api/zayavki", self.list),
            Route("/api/zayavki/{year}/{number}", self.get),
            Route("/api/dopolneniya", self.add, methods=["POST"]),
            Route("/api/dopolneniya", self.find_addition),
            Route("/api/fayly/{key}", self.put_file, methods=["PUT"]),
        ]

    def make_number(self, index: int) -> str:
        """2026/17: the same 17 comes again next year."""
        year = self.switches.year or datetime.now(YEKATERINBURG).year
        self.years[year] += 1
        return f"{year}/{self.years[year]}"

    async def create(self, request: Request) -> Response:
        check_login(request)
        tree = await read_xml(request, "Заявка")
        facts = {child.tag: child.text or "" for child in tree}
        if not facts.get("Текст", "").strip():
            self.book.tally["refused"] += 1
            return self.refuse(422, "Пустой текст")
        filing = self.filings.add(facts.get("ВнешнийНомер", ""), facts)
        self.filings.live(filing)
        self._redraw(filing)
        return self.reply(element("Принято", *number_of(filing)), 201)

    async def list(self, request: Request) -> Response:
        """All of them, each time; or those with one external number."""
        check_login(request)
        if external := request.query_params.get("vneshniy"):
            found = self.filings.by_external.get(external, [])
        else:
            found = [filing for filing in self.filings.all if not self._archived(filing)]
        body = b"".join(self.lines[filing.number] for filing in found)
        whole = f'<?xml version="1.0" encoding="{ENCODING}"?>\n<Список>'.encode(ENCODING)
        return Response(whole + body + "</Список>".encode(ENCODING), media_type=f"text/xml; charset={ENCODING}")

    async def get(self, request: Request) -> Response:
        check_login(request)
        filing = self._named("{year}/{number}".format(**request.path_params))
        return Response(self.lines[filing.number], media_type=f"text/xml; charset={ENCODING}")

    async def add(self, request: Request) -> Response:
        """More about a filing, named by `Заявка`: year/number."""
        check_login(request)
        tree = await read_xml(request, "Дополнение")
        filing = self._named(tree.findtext("Заявка") or "")
        self.filings.add_to(filing, {child.tag: child.text or "" for child in tree})
        self.additions.setdefault(tree.findtext("ВнешнийНомер") or "", []).append(filing.number)
        return self.reply(element("Принято", element("Порядковый", text=str(len(filing.additions)))), 201)

    async def find_addition(self, request: Request) -> Response:
        check_login(request)
        found = self.additions.get(request.query_params.get("vneshniy", ""), [])
        return self.reply(element("Найдено", *(element("Заявка", text=number) for number in found)))

    async def put_file(self, request: Request) -> Response:
        """A file of `zayavka`: year/number; putting it again under its key changes nothing."""
        check_login(request)
        filing = self._named(request.query_params.get("zayavka", ""))
        name, content = request.query_params.get("imya", "file"), await request.body()
        if len(content) > self.switches.largest_file:
            return self.refuse(413, "Файл слишком большой")
        self.deposits.put(filing.number, request.path_params["key"], name, content)
        return self.reply(element("Принято", element("Размер", text=str(len(content)))), 201)

    def _named(self, number: str) -> Filing:
        filing = self.filings.by_number.get(number)
        if not filing:
            raise HTTPException(404)
        return filing

    def _archived(self, filing: Filing) -> bool:
        age = (datetime.now(UTC) - filing.changed).total_seconds()
        return bool(self.switches.archive_after) and filing.final and age > self.switches.archive_after

    def _redraw(self, filing: Filing, stage: Stage | None = None) -> None:
        self.lines[filing.number] = write_xml(show(filing), ENCODING).partition(b"\n")[2]

    def reply(self, tree: Any, status: int = 200) -> Response:
        return xml_reply(tree, status, ENCODING)

    def refuse(self, status: int, words: str) -> Response:
        return self.reply(element("Ошибка", element("Код", text=str(status)), element("Описание", text=words)), status)

    def error(self) -> Response:
        return self.reply(element("Ошибка", element("Код", text="500"), element("Описание", text="Сбой базы данных")))

    def count(self) -> dict[str, int]:
        return self.filings.count() | self.deposits.count() | super().count()

    def pages(self) -> dict[str, Any]:
        return {"filings": self.filings.pages()} | self.deposits.pages()

    def close(self) -> None:
        self.filings.close()
        super().close()


def check_login(request: Request) -> None:
    pair = f"{account('NADYM_LOGIN')}:{account('NADYM_PASSWORD')}"
    check_token(request, "authorization", "Basic " + base64.b64encode(pair.encode()).decode())


def number_of(filing: Filing) -> tuple[Any, Any]:
    year, _, number = filing.number.partition("/")
    return element("Год", text=year), element("Номер", text=number)


def show(filing: Filing) -> Any:
    optional = {
        "ВнешнийНомер": filing.external_id,
        "Результат": RESULTS.get(filing.outcome),
        "ОтложеноДо": filing.postponed_to and f"{filing.postponed_to.astimezone(YEKATERINBURG):%d.%m.%Y}",
        "Вопрос" if filing.state == "asking" else "Ответ": filing.text,
    }
    changed = filing.changed.astimezone(YEKATERINBURG)
    return element(
        "Заявка",
        *number_of(filing),
        element("Статус", text=WORDS[filing.state]),
        element("Изменено", text=f"{changed:%d.%m.%Y} {changed.hour}:{changed:%M}"),
        *(element(tag, text=value) for tag, value in optional.items() if value),
        element("Причина", text=filing.reason[1], код=filing.reason[0]) if filing.reason else None,
    )
