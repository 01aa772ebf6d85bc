"""Regions, subjects and subsubjects of the ПОС; ids are invented."""

REGIONS = [
    {"id": 89, "name": "Ямало-Ненецкий автономный округ", "okato": "71140000000", "coordinates": "66.53,66.60"},
    {"id": 72, "name": "Тюменская область", "okato": "71000000000", "coordinates": "57.15,65.53"},
]
#: Subject → its subsubjects.
SUBJECTS: dict[tuple[int, str], dict[int, str]] = {
    (10, "Дороги"): {1001: "Ямы и выбоины", 1002: "Уборка снега и наледи", 1003: "Зимники и переправы"},
    (20, "Благоустройство"): {
        2001: "Дворы и детские площадки",
        2002: "Уличное освещение",
        2003: "Безнадзорные животные",
    },
    (30, "ЖКХ"): {
        3001: "Отопление",
        3002: "Горячая вода",
        3003: "Содержание домов",
        3004: "Газоснабжение",
        3005: "Холодная вода",
    },
    (40, "Мусор"): {4001: "Вывоз отходов", 4002: "Свалки"},
    (50, "Транспорт"): {5001: "Автобусы", 5002: "Авиарейсы", 5003: "Паромы и речной транспорт"},
    (60, "Медицина"): {6001: "Запись к врачу", 6002: "Лекарства", 6003: "Скорая помощь"},
    (70, "Образование"): {7001: "Детские сады", 7002: "Школы"},
    (80, "Связь"): {8001: "Интернет", 8002: "Мобильная связь"},
    (90, "Социальная поддержка"): {9001: "Выплаты и пособия", 9002: "Жильё"},
}
SUBJECT_OF = {subsubject: id for (id, _), own in SUBJECTS.items() for subsubject in own}


def list_subjects() -> list[dict[str, object]]:
    return [{"id": id, "name": name, "deleted": False} for id, name in SUBJECTS]


def list_subsubjects(subject: int | None = None) -> list[dict[str, object]]:
    """Of one subject, or of all."""
    return [
        {"id": id, "name": name, "deleted": False, "subject": {"id": owner, "name": title}}
        for (owner, title), own in SUBJECTS.items()
        for id, name in own.items()
        if subject in (None, owner)
    ]
