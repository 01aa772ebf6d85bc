"""A town portal: XML in UTF-8, Russian words, the answer is put in its place by the appeal's id."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stand.accounts import account
from stand.answers import Told
from stand.channel import YEKATERINBURG, Channel, check_token
from stand.feed import Appeal
from stand.payload import element, read_xml, write_xml, xml_reply

STATUSES = {
    "Зарегистрировано": ("status", ""),
    "Передано исполнителю": ("status", ""),
    "В работе": ("interim", ""),
    "Решено": ("final", "solved"),
    "Разъяснено": ("final", "explained"),
    "Не решено": ("final", "not_solved"),
    "Отказано": ("final", "rejected"),
    "Отложено": ("interim", "postponed"),
}


class Portal(Channel):
    name = "portal"

    def routes(self) -> list[Route]:
        return [
            Route("/api/appeals/{id}/answer", self.put, methods=["PUT"]),
            Route("/api/appeals/{id}/answer", self.get),
        ]

    def form(self, appeal: Appeal) -> tuple[dict[str, str], bytes]:
        headers = {"Content-Type": "text/xml; charset=utf-8", "X-Portal-Token": self.prove("PORTAL_INTAKE_TOKEN")}
        return headers, write_xml(show(appeal))

    async def put(self, request: Request) -> Response:
        check_token(request, "x-portal-token", account("PORTAL_TOKEN"))
        id, tree = self.known(request.path_params["id"]).id, await read_xml(request, "Ответ")
        status, text = tree.findtext("Статус") or "", tree.findtext("Текст") or ""
        if status not in STATUSES:
            self.book.tally["refused"] += 1
            return xml_reply(element("Ошибка", text=f"Неизвестный статус: {status}"), 422)
        kind, outcome = STATUSES[status]
        self._place(Told(id, kind, text, outcome))
        return xml_reply(element("Принято", element("Номер", text=id)))

    def _place(self, told: Told) -> None:
        """Putting what is there already changes nothing, and the resident sees nothing new."""
        before = self.answers.told.get(told.appeal)
        if before and before[-1] == told:
            self.book.tally["repeats"] += 1
        else:
            self.tell(told)

    async def get(self, request: Request) -> Response:
        check_token(request, "x-portal-token", account("PORTAL_TOKEN"))
        told = self.answers.told.get(self.known(request.path_params["id"]).id)
        if not told:
            raise HTTPException(404)
        return xml_reply(element("Ответ", element("Вид", text=told[-1].kind), element("Текст", text=told[-1].text)))

    def error(self) -> Response:
        return xml_reply(element("Ошибка", text="Сервис временно недоступен"))


def show(appeal: Appeal) -> Any:
    surname, given, patronymic = appeal.name_parts()
    return element(
        "Обращение",
        element("Номер", text=appeal.id),
        element("Дата", text=appeal.created_at.astimezone(YEKATERINBURG).isoformat(timespec="seconds")),
        element("Рубрика", text=appeal.category) if appeal.category else None,
        element("Текст", text=appeal.text),
        element(
            "Заявитель",
            *(
                element(tag, text=part)
                for tag, part in zip(("Фамилия", "Имя", "Отчество"), (surname, given, patronymic), strict=True)
                if part
            ),
            element("Телефон", text=appeal.phone) if appeal.phone else None,
            element("Почта", text=appeal.email) if appeal.email else None,
        ),
        element("Адрес", text=appeal.address) if appeal.address else None,
        element("Координаты", широта=str(appeal.lat), долгота=str(appeal.lon)) if appeal.lat is not None else None,
    )
