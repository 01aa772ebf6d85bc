"""`tsur explain --html`: one case on one page, without network and without scripts. All that is said is escaped."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from canonical.mark import Mark
from gateway import case_words as words
from gateway.alike import mark_alike
from gateway.commands.output import show_time

#: More of a text, of a case's appeals and of its comparisons is counted, not shown.
LONGEST_TEXT, MOST_APPEALS, MOST_PAIRS = 12_000, 50, 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_KINDS = {"address": "место", "object": "место", "thing": "предмет", "fault": "неисправность", "word": "слово"}
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.2rem;border-bottom:1px solid #d5dae0}
table{border-collapse:collapse;margin:.6rem 0}td,th{text-align:left;padding:.2rem .9rem .2rem 0;vertical-align:top}
th{font-weight:600;color:#57606a}tr.won{background:#e7f5ea}.pair{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
.text{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;background:#f6f8fa;padding:.8rem;
border-radius:6px;margin:.3rem 0;max-height:40rem;overflow:auto}
mark{padding:0 .1em;border-radius:3px}.address,.object{background:#ffe08a}.thing{background:#b9e3c6}
.fault{background:#f7c0b8}.word{background:#d8e4fb}small{color:#57606a}section{margin:1.5rem 0}
@media(max-width:50rem){.pair{grid-template-columns:1fr}}
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An appeal as others may see it: personal data are moved out. `text` None: not for this reader's eyes."""

    title: str
    place: str
    text: str | None


def make_page(told: Mapping[str, Any], shown: Mapping[str, Shown], answers: Mapping[str, str]) -> str:
    """`told`: of `evidence.gather`; `shown`: by appeal; `answers`: texts by answer, without personal data."""
    case = told["case"]
    body = [
        f"<h1>Дело {_say(case['id'])}</h1>",
        _tabulate((), [
            ("состояние", words.STATES.get(case["state"], case["state"])), ("обращений", case["appeals"]),
            ("открывалось снова", case["reopened"]), ("правило", case["rule"] or "—"),
            ("конфигурация", case["config"] or "—"),
        ]),
        _show_route(told["route"], told["topics_named"]), _show_pairs(told["compared"], shown),
        _show_filings(told["assignments"], told["untold"]), _show_answers(told["answers"], answers),
        _show_appeals(told["appeals"], shown),
    ]  # fmt: skip
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="ru"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{policy}"><meta name="viewport" content="width=device-width"><title>Дело {_say(case["id"])}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _say(value: Any) -> str:
    return escape(_CONTROL.sub("�", str(value)))


def _tabulate(heads: Sequence[str], rows: Iterable[Sequence[Any]], won: Sequence[bool] = ()) -> str:
    top = "".join(f"<th>{_say(head)}</th>" for head in heads)
    lines = []
    for number, row in enumerate(rows):
        style = ' class="won"' if number < len(won) and won[number] else ""
        lines.append(f"<tr{style}>{''.join(f'<td>{_say(cell)}</td>' for cell in row)}</tr>")
    return f"<table>{f'<tr>{top}</tr>' if top else ''}{''.join(lines)}</table>" if lines else "<p>нет</p>"


def _show_route(route: Mapping[str, Any] | None, named: Sequence[Mapping[str, Any]]) -> str:
    if route is None:
        return "<h2>Маршрут</h2><p>Правил у решения нет: направил человек, или текст удалён.</p>"
    place = ", ".join(filter(None, route["place"].values())) or "не известно"
    model = "; ".join(f"{code} {chance:.0%}" for code, chance in (route["model"] or {}).items()) or "не спрошена"
    rows = [
        ("тема", f"{route['topic'] or 'не известна'} ({route['topic_why']})"), ("модель", model),
        *(("тему назвал человек", f"{one['by']}: {one['topic']} (была {one['was'] or '—'})") for one in named),
        ("срочность", words.URGENCY.get(route["urgency"], route["urgency"])), ("место", place),
        ("срок, если бы пришло сейчас", route["due_at"]),
        ("исполнители", ", ".join(route["to"]) or "выбирает человек"), ("решило правило", route["rule"]),
    ]  # fmt: skip
    rules = [("сработало" if one["won"] else "нет", one["rule"], one["why"]) for one in route["rules"]]
    told = _tabulate(("", "правило", "почему"), rules, [one["won"] for one in route["rules"]])
    return f"<h2>Маршрут</h2>{_tabulate((), rows)}<h2>Правила, в порядке проверки</h2>{told}"


def _show_pairs(compared: Sequence[Mapping[str, Any]], shown: Mapping[str, Shown]) -> str:
    pairs = "".join(_show_pair(one, shown) for one in compared[:MOST_PAIRS])
    return f"<h2>С чем сравнили</h2>{pairs or '<p>Похожих не нашлось.</p>'}{_count_rest(compared, MOST_PAIRS)}"


def _show_pair(one: Mapping[str, Any], shown: Mapping[str, Shown]) -> str:
    pair = [shown.get(one[key] or "") or Shown(str(one[key]), "", None) for key in ("appeal", "other")]
    cut = [(each.text or "")[:LONGEST_TEXT] for each in pair]
    marked = mark_alike(*cut) if all(cut) else ((), ())
    texts = "".join(_show_text(each, marks) for each, marks in zip(pair, marked, strict=True))
    kinds = {mark.kind for mark in marked[0]}
    legend = " ".join(f'<mark class="{kind}">{name}</mark>' for kind, name in _KINDS.items() if kind in kinds)
    what = f"{words.name_outcome(one['what'])}, {show_time(one['at'])}"
    return (
        f'<section><h3>{_say(what)}</h3><div class="pair">{texts}</div>'
        f"<p><small>совпало: {legend or '—'}</small></p>{_show_scores(one['evidence'], one['thresholds'])}</section>"
    )


def _show_scores(seen: Mapping[str, Any], bar: Mapping[str, float] | None) -> str:
    why = seen.get("why")
    rows = [("почему", words.WHY.get(why, why))] if why else []
    if "place" in seen:
        town = "тот же" if seen.get("town") == "same" else "возможно, другой"
        rows += [("место", words.NEAR.get(seen["place"], seen["place"])), ("город", town),
                 ("человек", "тот же" if seen.get("same_person") else "другой"),
                 ("темы", " и ".join(one or "—" for one in seen.get("topics", ()))),
                 ("часов между ними", seen.get("hours", "—"))]  # fmt: skip
    signals = seen.get("signals", {})
    numbers: list[tuple[Any, ...]] = []
    if "score" in seen:
        own, other = (_name_bar(bar), "") if not seen.get("same_person") else ("", _name_bar(bar))
        numbers.append(("вероятность одной проблемы", seen["score"], own))
        numbers += [(name, signals.get(code, 0), other if code == "words" else "")
                    for code, name in words.SIGNALS.items()]  # fmt: skip
        numbers.append(("один и тот же текст", seen.get("text", 0), f"с {bar['copy']:g}" if bar else ""))
    scores = _tabulate(("признак", "от 0 до 1", "порог"), numbers) if numbers else ""
    return (_tabulate((), rows) if rows else "<p>Решил человек: оценки нет.</p>") + scores


def _name_bar(bar: Mapping[str, float] | None) -> str:
    if bar is None:
        return "не сохранён"
    return f"присоединить с {bar['join']:g}, спросить с {bar['suggest']:g}, не дальше {bar['days']:g} сут."


def _show_filings(rows: Sequence[Mapping[str, Any]], untold: Sequence[Mapping[str, Any]]) -> str:
    """`untold`: what recipients' mappings have no words for."""
    missed = Counter(one["recipient"] for one in untold)
    heads = "исполнитель", "состояние", "главный", "их номер", "срок", "не сообщено"
    told = [
        (one["recipient"], words.STATES.get(one["state"], one["state"]), "да" if one["lead"] else "нет",
         one["number"] or "—", show_time(one["due_at"]), missed[one["recipient"]] or "—")
        for one in rows
    ]  # fmt: skip
    return f"<h2>Поручения</h2>{_tabulate(heads, told)}"


def _show_answers(rows: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> str:
    parts = []
    for one in rows:
        said = ", ".join(filter(None, (words.STATES.get(one["state"], one["state"]),
                                       words.OUTCOMES.get(one["outcome"] or "", one["outcome"]),
                                       "остановлен" if one["stopped"] else None)))  # fmt: skip
        sent = f"получили жителей: {one['told']}, ещё не получили: {one['not_told']}"
        head = Shown(f"{show_time(one['heard_at'])}: {said}; {sent}", "", texts.get(one["id"], ""))
        parts.append(_show_text(head))
    return f"<h2>Ответы</h2>{''.join(parts) or '<p>Ответа ещё нет.</p>'}"


def _show_appeals(rows: Sequence[Mapping[str, Any]], shown: Mapping[str, Shown]) -> str:
    parts = []
    for one in rows[:MOST_APPEALS]:
        known, how = shown.get(one["id"]), words.HOW.get(one["how"], one["how"])
        title = f"{one['system']} {one['external_id']}: {how}, {words.STATES.get(one['state'], one['state'])}"
        parts.append(_show_text(Shown(title, known.place if known else "", known.text if known else None)))
    return f"<h2>Обращения дела</h2>{''.join(parts)}{_count_rest(rows, MOST_APPEALS)}"


def _show_text(one: Shown, marks: Sequence[Mark] = ()) -> str:
    place = f"<br><small>место: {_say(one.place)}</small>" if one.place else ""
    if one.text is None:
        text = "<p>Текст не показан: его нет в журнале, или он другого муниципалитета.</p>"
    else:
        rest = len(one.text) - LONGEST_TEXT
        more = f"<p><small>… и ещё знаков: {rest}</small></p>" if rest > 0 else ""
        text = f'<div class="text">{_mark(one.text[:LONGEST_TEXT], marks)}</div>{more}'
    return f"<div><b>{_say(one.title)}</b>{place}{text}</div>"


def _mark(text: str, marks: Sequence[Mark]) -> str:
    parts, at = [], 0
    for mark in marks:
        inside = f'<mark class="{mark.kind}" title="{_KINDS[mark.kind]}">{_say(text[mark.start : mark.end])}</mark>'
        parts += [_say(text[at : mark.start]), inside]
        at = mark.end
    return "".join([*parts, _say(text[at:])])


def _count_rest(rows: Sequence[Any], most: int) -> str:
    return f"<p><small>и ещё: {len(rows) - most}</small></p>" if len(rows) > most else ""
