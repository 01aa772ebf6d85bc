"""What a case's page says in Russian: codes of the router and of the ledger, as analysts read them."""

from collections.abc import Mapping

STATES: Mapping[str, str] = {
    "triage": "ждёт выбора исполнителя", "routed": "направлено", "planned": "готовится", "sent": "отправлено",
    "registered": "зарегистрировано", "in_work": "в работе", "asking": "вопрос жителю", "postponed": "отложено",
    "redirected": "перенаправлено", "answered": "отвечено", "declined": "отклонено", "withdrawn": "отозвано",
    "closed": "закрыто", "open": "открыто",
}  # fmt: skip
OUTCOMES = {"solved": "решено", "not_solved": "не решено", "explained": "разъяснено", "rejected": "отказано",
            "postponed": "отложено"}  # fmt: skip
URGENCY = {"life": "угроза жизни", "urgent": "срочно", "normal": "обычная"}
HOW = {"repeat": "повтор того же человека", "same_problem": "та же проблема другого человека",
       "opened the case": "открыло дело"}  # fmt: skip
NEAR = {"apart": "разные места", "unknown": "место не названо", "street": "одна улица", "yard": "один двор",
        "area": "одна большая территория", "crossing": "один перекрёсток", "object": "один объект",
        "house": "один дом"}  # fmt: skip
SIGNALS = {
    "thing": "один предмет (фонарь, крыша, снег…)", "words": "слова меньшего текста, что есть и в другом",
    "common": "общие слова обоих текстов", "place_thing": "тот же предмет в том же месте",
    "place_fault": "та же неисправность в том же месте", "place_words": "те же слова о том же месте",
}  # fmt: skip
WHY = {
    "the same person sent the same text": "тот же человек прислал тот же текст",
    "much the same words, another place or topic": "почти те же слова, но другое место или тема",
    "the same person about the same": "тот же человек о том же",
    "the same person about something alike": "тот же человек о похожем",
    "alike, no common place": "похоже, но общего места нет",
    "the same place, answered before": "то же место, но на прежнее уже ответили",
    "alike, another topic or perhaps another town": "похоже, но другая тема или, возможно, другой город",
    "one text about one place": "один текст об одном месте",
    "the same problem at the same place": "та же проблема в том же месте",
    "the same place, alike": "то же место, похоже",
    "this person writes very often": "этот человек пишет очень часто",
    "one text from very many people": "один текст от очень многих людей",
}  # fmt: skip


def name_outcome(what: str) -> str:
    """«joined», «suggested, open», «suggested, join by anna»."""
    if what == "joined":
        return "присоединено"
    decision, _, person = what.removeprefix("suggested, ").partition(" by ")
    told = "человек ещё не решил" if decision == "open" else f"решение: {decision}"
    return f"предложено человеку, {told}" + (f" ({person})" if person else "")
