"""Every notation in every shape and language: an item is written and read back, its fields in any order."""
# ruff: noqa: RUF001 - words of other languages

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from pmtrack.documents import extract
from pmtrack.model import ActionItem, Status

_FIELDS = ("owner", "due", "priority", "status", "ticket")


@dataclass(frozen=True)
class Tongue:
    """How one language writes.

    Attributes:
        works: what is to be done; labels: of `_FIELDS`; done, doing: names of a status; high: of a priority.
        day: how a date is written, by `str.format` of a date.
    """

    heading: str
    column: str
    works: tuple[str, str, str]
    labels: tuple[str, str, str, str, str]
    done: str
    doing: str
    high: str
    people: tuple[str, str, str]
    day: str = "{:%Y-%m-%d}"


_TONGUES = {
    "en": Tongue(
        "Action items",
        "Action",
        ("Alert on a full queue", "Write down how to fail over", "Test the restore of a backup"),
        ("Owner", "Due", "Priority", "Status", "Ticket"),
        "Done",
        "In progress",
        "High",
        ("Anna Weiss", "@ben", "Chidi"),
        "{:%B %d, %Y}",
    ),
    "de": Tongue(
        "Maßnahmen",
        "Maßnahme",
        ("Warnung bei voller Warteschlange einrichten", "Notfallplan schreiben", "Sicherung zurückspielen"),
        ("Verantwortlich", "Fällig", "Priorität", "Status", "Ticket"),
        "Erledigt",
        "In Arbeit",
        "Hoch",
        ("Jürgen Maß", "@lena", "Ömer"),
        "{:%d.%m.%Y}",
    ),
    "es": Tongue(
        "Acciones correctivas",
        "Acción",
        ("Avisar cuando la cola esté llena", "Documentar la conmutación", "Probar la restauración"),
        ("Responsable", "Fecha límite", "Prioridad", "Estado", "Ticket"),
        "Hecho",
        "En curso",
        "Alta",
        ("Lucía Peña", "@mateo", "Íñigo"),
    ),
    "fr": Tongue(
        "Plan d'actions",
        "Action",
        ("Alerter quand la file est pleine", "Décrire la bascule", "Tester la restauration"),
        ("Responsable", "Échéance", "Priorité", "Statut", "Ticket"),
        "Terminé",
        "En cours",
        "Haute",
        ("Élodie Morel", "@hugo", "Zoé"),
    ),
    "pt": Tongue(
        "Plano de ação",
        "Ação",
        ("Alertar quando a fila encher", "Documentar a troca", "Testar a restauração"),
        ("Responsável", "Prazo", "Prioridade", "Status", "Ticket"),
        "Concluído",
        "Em andamento",
        "Alta",
        ("João Braga", "@ines", "Célia"),
    ),
    "it": Tongue(
        "Azioni correttive",
        "Azione",
        ("Avvisare quando la coda è piena", "Descrivere il passaggio", "Provare il ripristino"),
        ("Responsabile", "Scadenza", "Priorità", "Stato", "Ticket"),
        "Completato",
        "In corso",
        "Alta",
        ("Giulia Conti", "@marco", "Nicolò"),
    ),
    "nl": Tongue(
        "Actiepunten",
        "Actie",
        ("Waarschuwen bij een volle wachtrij", "Draaiboek schrijven", "Terugzetten oefenen"),
        ("Eigenaar", "Deadline", "Prioriteit", "Status", "Ticket"),
        "Gereed",
        "Bezig",
        "Hoog",
        ("Sanne Bos", "@bram", "Joost"),
    ),
    "ru": Tongue(
        "План действий",
        "Действие",
        ("Добавить алерт на очередь", "Описать переключение", "Проверить восстановление"),
        ("Ответственный", "Срок", "Приоритет", "Статус", "Тикет"),
        "Выполнено",
        "В процессе",
        "Высокий",
        ("Мария Котова", "@anton", "Юлия"),
        "{:%d.%m.%Y}",
    ),
    "ja": Tongue(
        "再発防止策",
        "対策",
        ("キューの監視を追加する", "切り替え手順を文書化する", "復元を試験する"),
        ("担当者", "期限", "優先度", "ステータス", "チケット"),
        "完了",
        "対応中",
        "高",
        ("佐藤花子", "@tanaka", "鈴木"),
        "{0:%Y}年{0.month}月{0.day}日",
    ),
    "ko": Tongue(
        "후속 조치",
        "조치 사항",
        ("큐 적체 알림 추가", "전환 절차 문서화", "복구 시험"),
        ("담당자", "기한", "우선순위", "상태", "티켓"),
        "완료",
        "진행 중",
        "높음",
        ("김민수", "@jiyoung", "박서준"),
    ),
    "zh": Tongue(
        "改进措施",
        "措施",
        ("增加队列告警", "编写切换手册", "演练备份恢复"),
        ("负责人", "截止日期", "优先级", "状态", "工单"),
        "已完成",
        "进行中",
        "高",
        ("李雷", "@han", "王小明"),
        "{0:%Y}年{0.month}月{0.day}日",
    ),
}

Values = Mapping[str, str]


def _labelled(values: Values, tongue: Tongue, *, opening: str, between: str, closing: str, form: str) -> str:
    words = [form.format(tongue.labels[_FIELDS.index(name)], value) for name, value in values.items()]
    return opening + between.join(words) + closing if words else ""


def _in(opening: str, between: str, closing: str, form: str) -> Callable[[Values, Tongue], str]:
    return lambda values, tongue: _labelled(
        values, tongue, opening=opening, between=between, closing=closing, form=form
    )


def _unlabelled(values: Values, tongue: Tongue) -> str:
    """A group in brackets with what speaks for itself."""
    return " (" + ", ".join(values.values()) + ")" if values else ""


def _marks(values: Values, tongue: Tongue) -> str:
    marks = {"owner": "{}", "due": "📅 {}", "priority": "⏫", "ticket": "({})", "status": "({})"}
    return "".join(" " + marks[name].format(value) for name, value in values.items())


_NOTATIONS: dict[str, tuple[Callable[[Values, Tongue], str], tuple[str, ...]]] = {
    "in brackets": (_in(" (", ", ", ")", "{}: {}"), _FIELDS),
    "in square brackets": (_in(" [", "; ", "]", "{}: {}"), _FIELDS),
    "each in brackets": (_in(" (", ") (", ")", "{}: {}"), _FIELDS),
    "behind dashes": (_in(" — ", " — ", "", "{}: {}"), _FIELDS),
    "behind hyphens": (_in(" - ", " - ", "", "{}: {}"), _FIELDS),
    "behind pipes": (_in(" | ", " | ", "", "{}: {}"), _FIELDS),
    "behind commas": (_in(", ", ", ", "", "{}: {}"), _FIELDS),
    "behind full stops": (_in(". ", ". ", ".", "{}: {}"), _FIELDS),
    "in bold": (_in(" ", " ", "", "**{}:** {}"), _FIELDS),
    "in italics": (_in(" ", "; ", "", "_{}_: {}"), _FIELDS),
    "as data": (_in(" [", "] [", "]", "{}:: {}"), _FIELDS),
    "without labels": (_unlabelled, ("owner", "due", "priority", "status", "ticket")),
    "as marks": (_marks, ("due", "priority")),
}
_ONE_LINE = ("behind pipes",)  # a pipe inside of a table's cell is none

_LISTS = {
    "bullets": "- {}\n",
    "stars": "* {}\n",
    "numbers": "1. {}\n",
    "numbers in bold": "1. **{0}**{1}\n",
    "numbers with a bracket": "1) {}\n",
    "boxes": "- [ ] {}\n",
    "bullets of an office": "• {}\n",
    "bullets behind a tab": "\t- {}\n",
    "spaced": "- {}\n\n",
    "labels": "Action item: {}\n\n",
    "HTML": "<li>{}</li>\n",
    "a fence": "- {}\n",
}


def _values(tongue: Tongue, at: int, names: tuple[str, ...], rng: random.Random) -> dict[str, str]:
    every = {
        "owner": tongue.people[at],
        "due": tongue.day.format(date(2026, 12, 3 + at)),
        "priority": (tongue.high, "P1", tongue.high)[at],
        "status": (tongue.done, tongue.doing, tongue.done)[at],
        "ticket": ("OPS-31", "#45", "acme/shop#7")[at],
    }
    chosen = [name for name in names if rng.random() < 0.8]
    rng.shuffle(chosen)
    return {name: every[name] for name in chosen}


def _read(item: ActionItem) -> dict[str, object]:
    stated = item.fields
    return {
        "text": stated.title,
        "owner": stated.owners,
        "due": stated.due,
        "priority": stated.priority,
        "status": stated.status,
        "ticket": item.ticket,
    }


def _expected(tongue: Tongue, at: int, values: Values, *, boxed: bool = False) -> dict[str, object]:
    status = (Status.DONE, Status.IN_PROGRESS, Status.DONE)[at] if "status" in values else None
    return {
        "text": tongue.works[at],
        "owner": (values["owner"],) if "owner" in values else (),
        "due": date(2026, 12, 3 + at) if "due" in values else None,
        "priority": values.get("priority"),
        "status": status or (Status.OPEN if boxed else None),
        "ticket": values.get("ticket"),
    }


def _items(text: str) -> list[dict[str, object]]:
    return [_read(item) for item in extract(text.encode()).items]


def _grid() -> Iterator[tuple[str, str]]:
    for notation in _NOTATIONS:
        for shape in _LISTS:
            yield notation, shape


@pytest.mark.parametrize(("notation", "shape"), list(_grid()))
def test_an_item_in_a_list_is_read_as_it_was_written(notation: str, shape: str) -> None:
    """In all languages, with any of the fields in any order."""
    write, names = _NOTATIONS[notation]
    rng = random.Random(f"{notation} {shape}")
    for code, tongue in _TONGUES.items():
        chosen = [_values(tongue, at, names, rng) for at in range(3)]
        marks = [{**one, "priority": "⏫"} if notation == "as marks" and "priority" in one else one for one in chosen]
        tails = [write(one, tongue) for one in chosen]
        form = _LISTS[shape] if "{1}" in _LISTS[shape] else _LISTS[shape].replace("{}", "{0}{1}")
        body = "".join(form.format(work, tail) for work, tail in zip(tongue.works, tails, strict=True))
        body = f"```md\n{body}```\n" if shape == "a fence" else body
        expected = [_expected(tongue, at, one, boxed=shape == "boxes") for at, one in enumerate(marks)]
        text = f"# Review\n\n## {tongue.heading}\n\n{body}\n## Timeline\n\n- 10:00 it began\n"
        assert _items(text) == expected, (code, text)


@pytest.mark.parametrize("indent", ["  - {}: {}\n", "  * **{}:** {}\n", "  {}: {}\n", "  **{}**: {}  \n"])
@pytest.mark.parametrize("mark", ["- ", "- [ ] ", "* "])
def test_fields_below_an_item_belong_to_it(indent: str, mark: str) -> None:
    """As bullets in it and as lines below it."""
    rng = random.Random(indent + mark)
    for code, tongue in _TONGUES.items():
        chosen = [_values(tongue, at, _FIELDS, rng) for at in range(3)]
        body = "".join(
            f"{mark}{work}\n" + _in("", "", "", indent)(values, tongue)
            for work, values in zip(tongue.works, chosen, strict=True)
        )
        text = f"## {tongue.heading}\n\n{body}"
        expected = [_expected(tongue, at, one, boxed="[" in mark) for at, one in enumerate(chosen)]
        assert _items(text) == expected, (code, text)


@pytest.mark.parametrize("form", ["### {at}. {work}\n\n", "### {at}) {work}\n\n", "### A{at}: {work}\n\n"])
@pytest.mark.parametrize("line", ["- {}: {}\n", "**{}:** {}\n", "* **{}**: {}\n", "{}: {}  \n"])
def test_fields_below_a_heading_belong_to_it(form: str, line: str) -> None:
    """Where the headings are the items."""
    rng = random.Random(form + line)
    for code, tongue in _TONGUES.items():
        chosen = [{**_values(tongue, at, _FIELDS, rng), "owner": tongue.people[at]} for at in range(3)]
        body = "".join(
            form.format(at=at + 1, work=work) + _in("", "", "\n", line)(values, tongue)
            for at, (work, values) in enumerate(zip(tongue.works, chosen, strict=True))
        )
        text = f"# Review\n\n## {tongue.heading}\n\n{body}"
        assert _items(text) == [_expected(tongue, at, one) for at, one in enumerate(chosen)], (code, text)


@pytest.mark.parametrize("headed", [True, False])
@pytest.mark.parametrize("outer", ["| {} |", "{}"])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_table_is_read_in_any_order_of_its_columns(headed: bool, outer: str, gap: str) -> None:
    """With a heading and without, with and without outer pipes, also where empty lines stand between its rows."""
    rng = random.Random(f"{headed} {outer} {gap}")
    for code, tongue in _TONGUES.items():
        for _ in range(4):
            columns = ["work", *_FIELDS]
            rng.shuffle(columns)
            names = {"work": tongue.column, **dict(zip(_FIELDS, tongue.labels, strict=True))}
            chosen = [_values(tongue, at, _FIELDS, rng) for at in range(3)]
            rows = [[names[one] for one in columns], ["---"] * len(columns)]
            rows += [
                [{"work": tongue.works[at], **values}.get(one, "n/a") for one in columns]
                for at, values in enumerate(chosen)
            ]
            body = "\n".join(outer.format(" | ".join(row)) + gap for row in rows)
            text = (f"## {tongue.heading}\n\n" if headed else "# Review\n\nSome words.\n\n") + body + "\n"
            assert _items(text) == [_expected(tongue, at, one) for at, one in enumerate(chosen)], (code, text)


@pytest.mark.parametrize(
    "written",
    [
        *("2026-12-03", "2026/12/03", "2026.12.03", "December 3, 2026", "Dec 3 2026", "Dec. 3rd, 2026"),
        *("3 Dec 2026", "3rd of December 2026", "03-Dec-2026", "03.12.2026", "3. Dezember 2026"),
        *("3 de diciembre de 2026", "3 de dezembro de 2026", "3 décembre 2026", "3 dicembre 2026"),
        *("3 декабря 2026", "2026年12月3日", "2026년 12월 3일", "3 december 2026"),
    ],
)
@pytest.mark.parametrize(
    "form",
    ["- Alert on load (due {})", "- Alert on load by {}", "- Alert on load, due: {}", "- Alert on load 📅 {}",
     "- [ ] Alert on load [due:: {}]", "- Alert on load — {}", "- Alert on load ({})",
     "| Action | When |\n|---|---|\n| Alert on load | {} |", "- Alert on load\n  - Deadline: {}"],
)  # fmt: skip
def test_a_date_is_read_in_every_form_and_place(written: str, form: str) -> None:
    """The day, and nothing of it in the title."""
    [item] = extract(f"# Action items\n\n{form.format(written)}\n".encode()).items
    assert (item.fields.title, item.fields.due) == ("Alert on load", date(2026, 12, 3))


@pytest.mark.parametrize(
    "words", ["next sprint", "end of Q3 2027", "end of next month", "Friday", "next week", "Q1 2027"]
)
@pytest.mark.parametrize(
    "form",
    ["- Alert on load (due: {})", "- Alert on load by {}", "- Alert on load ({})", "- [ ] Alert on load [due:: {}]",
     "| Action | When |\n|---|---|\n| Alert on load | {} |", "- Alert on load\n  - Deadline: {}",
     "## {}\n\n- Alert on load"],
)  # fmt: skip
def test_a_deadline_without_a_day_is_a_horizon(words: str, form: str) -> None:
    """Its words are kept; no day is made up."""
    [item] = extract(f"# Action items\n\n{form.format(words)}\n".encode()).items
    assert (item.fields.title, item.fields.due, item.horizon) == ("Alert on load", None, words)


@pytest.mark.parametrize(
    "words", ["Q3", "v2.10", "P1 pages", "14:00", "2026", "port 8080", "3.12", "May flies", "24/7"]
)
def test_other_words_with_numbers_are_no_date(words: str) -> None:
    """They stay in the title."""
    [item] = extract(f"**Date:** 2026-11-02\n\n# Action items\n\n- Check the alerts of {words}\n".encode()).items
    assert (item.fields.title, item.fields.due, item.horizon) == (f"Check the alerts of {words}", None, None)
