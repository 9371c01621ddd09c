"""Dates as reading apps print them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from margins.text.dates import parse_date

day = datetime.fromisoformat

EXACTLY = {
    "Sunday, August 20, 2023 1:33:13 PM": "2023-08-20 13:33:13",
    "Sunday, August 20, 2023 1:33:13\u202fPM": "2023-08-20 13:33:13",
    "Friday, August 31, 2018 12:05:01 AM": "2018-08-31 00:05:01",
    "Friday, August 31, 2018 12:05:01 PM": "2018-08-31 12:05:01",
    "Monday, 30 September 2019 00:14:06": "2019-09-30 00:14:06",
    "Wednesday, December 23, 2009, 11:44 AM": "2009-12-23 11:44:00",
    "Thursday, 5 December 13 17:27:49": "2013-12-05 17:27:49",
    "Monday, 3 December 12 21:33:43 GMT+00:59": "2012-12-03 21:33:43+00:59",
    "Monday, 3 December 12 19:42:30 Greenwich Mean Time": "2012-12-03 19:42:30+00:00",
    "Monday, 11 December 23 21:25:21 GMT-10:54": "2023-12-11 21:25:21-10:54",
    "Montag, 5. Januar 2015 04:56:19": "2015-01-05 04:56:19",
    "Montag, 5. Jänner 2015 04:56:19": "2015-01-05 04:56:19",
    "Sonntag, 24. März 2013 um 22:02:21 Uhr": "2013-03-24 22:02:21",
    "jueves, 6 de enero de 2022 9:50:47": "2022-01-06 09:50:47",
    "sábado, 29 de octubre de 2022 12:23:37 p.\u00a0m.": "2022-10-29 12:23:37",
    "sábado, 29 de octubre de 2022 12:23:37 a.\u00a0m.": "2022-10-29 00:23:37",
    "miércoles 11 de octubre de 2017 11H13'": "2017-10-11 11:13:00",
    "terça-feira, 10 de outubro de 2023 14:14:00": "2023-10-10 14:14:00",
    "sábado, 2 de março de 2024 06:10:50": "2024-03-02 06:10:50",
    "mercoledì 28 agosto 2024 14:37:41": "2024-08-28 14:37:41",
    "jeudi 3 juillet 2025 14:06:49": "2025-07-03 14:06:49",
    "samedi 1er février 2025 14:06:49": "2025-02-01 14:06:49",
    "zaterdag 24 oktober 2020 12:53:44": "2020-10-24 12:53:44",
    "среда, 28 февраля 2024 г. в 10:07:53": "2024-02-28 10:07:53",
    "niedziela, 20 sierpnia 2023 13:33:13": "2023-08-20 13:33:13",
    "20 Ağustos 2023 Pazar 13:33:13": "2023-08-20 13:33:13",
    "20 EKİM 2023 13:33:13": "2023-10-20 13:33:13",
    "söndag 20 augusti 2023 kl. 13:33:13": "2023-08-20 13:33:13",
    "2017年5月23日星期二 下午9:05:10": "2017-05-23 21:05:10",
    "2013年12月18日星期三 上午04:55:44": "2013-12-18 04:55:44",
    "2023年8月20日 星期日 下午1:33:13": "2023-08-20 13:33:13",
    "2021年8月3日火曜日 23:24:53": "2021-08-03 23:24:53",
    "2021年8月1日日曜日 午前0時24分": "2021-08-01 00:24:00",
    "2023년 8월 20일 일요일 오후 1:33:13": "2023-08-20 13:33:13",
    "2024. 3. 14. 오후 1:33": "2024-03-14 13:33:00",
    "Wednesday, February 16, 2026 10:15:20 PM": "2026-02-16 22:15:20",
    "2024-03-14 10:23:15": "2024-03-14 10:23:15",
    "2024-03-14T10:23:15.5Z": "2024-03-14 10:23:15.500000+00:00",
    "2024-03-14T10:23:15+0130": "2024-03-14 10:23:15+01:30",
    "2022-12-27 06:43": "2022-12-27 06:43:00",
    "2022/12/27": "2022-12-27 00:00:00",
    "07.12.2017 | 20:00": "2017-12-07 20:00:00",
    "01 March 2022 05:19 PM": "2022-03-01 17:19:00",
    "Mon Dec 03 21:33:43 GMT 2012": "2012-12-03 21:33:43+00:00",
    "Mon, 03 Dec 2012 21:33:43 +0000": "2012-12-03 21:33:43+00:00",
    "mar. 12 mar. 2024": "2024-03-12 00:00:00",
    "March 1, 2022": "2022-03-01 00:00:00",
}


@pytest.mark.parametrize(("printed", "meant"), EXACTLY.items())
def test_each_shape_is_read_to_the_second(printed: str, meant: str) -> None:
    """Every shape the module documents gives the moment it names, aware only if it says so."""
    assert str(parse_date(printed)) == meant


def test_labels_and_words_of_unknown_languages_are_looked_over() -> None:
    """What stands before and after the date does not matter, as long as it has no numbers."""
    meant = day("2023-08-20 13:33")
    assert parse_date("Added on Sunday, August 20, 2023 1:33 PM") == meant
    assert parse_date("Adăugat: xyzday, 20 August 2023 13:33 lorem ipsum") == meant


def test_month_first_decides_only_what_is_ambiguous() -> None:
    """Numbers above 12 and dots say by themselves which is the day."""
    assert parse_date("3/4/2024") == day("2024-04-03")
    assert parse_date("3/4/2024", month_first=True) == day("2024-03-04")
    assert parse_date("31/12/2024", month_first=True) == day("2024-12-31")
    assert parse_date("12/31/2024") == day("2024-12-31")
    assert parse_date("3.4.2024", month_first=True) == day("2024-04-03")


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "on page 31",
        "location 784-785",
        "13:33",
        "31 February 2024",
        "Monday, 29 August 22 10:232:57",
        "20 August 2023 25:00:00",
        "In May 2020 I bought 12 apples",
        "1 May 2020, page 7",
        "1 May 20231",
        "2024-03-14 10:23:15 +99:99",
        "20 blorp 2023 13:33",
        "9" * 100,
        "1 May 2020 " * 20,
    ],
)
def test_nonsense_is_none(nonsense: str) -> None:
    """No date, an impossible one, or more numbers than a date has: None rather than a guess."""
    assert parse_date(nonsense) is None


@given(st.text(max_size=250))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """No text raises."""
    assert isinstance(parse_date(text), datetime | None)


PIECES = st.sampled_from(
    [
        *"0123456789:-/.,'+|",
        " ",
        "年",
        "月",
        "日",
        "may",
        "März",
        "AM",
        "下午",
        "GMT",
        "H",
        "r",
        "12",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_heap_of_date_parts_is_a_date_or_none(text: str) -> None:
    """Not even the parts of dates in a wrong order raise."""
    assert isinstance(parse_date(text), datetime | None)


MOMENTS = st.datetimes(day("1970-01-01"), day("2069-12-31")).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(MOMENTS)
def test_printing_and_reading_give_the_same_moment(moment: datetime) -> None:
    """The device's own formats, printed by strftime, come back whole."""
    shapes = ("%A, %B %d, %Y %I:%M:%S %p", "%A, %d %B %y %H:%M:%S", "%Y年%m月%d日 %H:%M:%S")
    for shape in shapes:
        assert parse_date(moment.strftime(shape)) == moment
    assert parse_date(moment.isoformat() + "Z") == moment.replace(tzinfo=UTC)
    offset = parse_date(moment.isoformat() + "-02:30")
    assert offset is not None
    assert offset.utcoffset() == -timedelta(hours=2, minutes=30)


def test_every_date_example_collected_from_real_files_is_read(shared: Path) -> None:
    """The examples in the collected locale table are all dates."""
    table = json.loads((shared / "samples/locales.json").read_text(encoding="utf-8"))
    examples = [
        example
        for locale in table["kindle_my_clippings"].values()
        for example in locale.get("date_examples", ())
    ]
    assert len(examples) > 20
    assert [example for example in examples if parse_date(example.split(" (")[0]) is None] == []
