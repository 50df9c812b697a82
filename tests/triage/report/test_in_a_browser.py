"""The report as a person opens it: in a real browser, by keyboard, in the dark, on paper."""

import zlib
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import JsonValue

from evidence.model import JsonObject
from tests.browser import Browser, chromium
from tests.triage.builders import (
    AWAY,
    NOW,
    OWNER,
    THIEF,
    answers,
    at_home,
    case_of,
    changes,
    days,
    hunt,
    indicators,
    minutes,
    new_rule,
    outside,
    rule,
    signed_in,
)
from triage.grade import grade
from triage.report import report

EVIL = (
    "<script>document.body.dataset.ran = 1</script>"
    "<img src=http://192.0.2.1/x onerror='document.body.dataset.ran = 1'>"
    '</title></style></svg><iframe src=http://192.0.2.1/y></iframe>" onclick=alert(1) x="'
)
TAB = ("Tab", 9)


def takeover(name: str = ".") -> dict[str, JsonObject]:
    """An account that somebody else uses, and whose mail they have sent to themselves."""
    came_in = signed_in(NOW - days(1) - minutes(9), AWAY, "RU", city=name)
    mail: list[JsonObject] = [
        {"Period": (NOW - days(ago)).isoformat(), "Recipient": THIEF, "Forwarded": ago + 1}
        for ago in range(12)
    ]
    return answers(
        rules=[rule(name, hidden=True, deletes=True, forward_to=(outside(),))],
        audit=changes(new_rule(name, NOW - days(1))),
        sign_ins=[*at_home(), came_in],
        hunts=[hunt("forwarded_mail_by_day", *mail)],
    )


def page_of(given: dict[str, JsonObject], *done: JsonValue, title: str = "") -> str:
    case = case_of(given, indicators(recipients=(THIEF,)))
    return report(case, grade(case, done), title=title)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser]:
    with chromium(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Generator[Browser]:
    """A takeover's report, in a window of ordinary size."""
    file = tmp_path / "report.html"
    file.write_text(page_of(takeover()), encoding="utf-8")
    browser.size(1280, 800)
    browser.prefers("light")
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(file)
    yield browser


def test_the_page_asks_for_nothing_but_itself(opened: Browser) -> None:
    assert [url.rpartition("/")[2] for url in opened.requests] == ["report.html"]
    assert opened.complaints == []


def test_what_the_tenant_names_is_shown_and_not_run(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(page_of(takeover(EVIL), title=EVIL), encoding="utf-8")
    browser.requests.clear()
    browser.complaints.clear()

    browser.open(file)

    assert [url.rpartition("/")[2] for url in browser.requests] == ["hostile.html"]
    assert browser.complaints == []
    assert browser.value("document.body.dataset.ran === undefined")
    assert browser.value("document.querySelectorAll('script, img, iframe, [onclick]').length") == 0
    shown = str(browser.value("document.body.innerText"))
    assert "<script>document.body.dataset.ran = 1</script>" in shown
    assert EVIL in str(browser.value("document.title"))


def test_even_a_script_that_got_in_would_not_run(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "broken.html"
    script = "<script>document.body.dataset.ran = 1</script><style>h1 { color: red }</style>"
    page = page_of(takeover()).replace("<main>", f"{script}<main>")
    file.write_text(page, encoding="utf-8")
    browser.complaints.clear()

    browser.open(file)

    assert browser.value("document.body.dataset.ran === undefined")
    assert len([told for told in browser.complaints if "Content Security Policy" in told]) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screenful_holds_the_verdict_its_reasons_and_what_to_do(
    opened: Browser, scheme: str
) -> None:
    opened.prefers(scheme)

    for part in (".answer", ".why", ".tasks"):
        bottom = opened.value(f"document.querySelector('{part}').getBoundingClientRect().bottom")
        assert isinstance(bottom, int | float) and bottom <= 800, part


def test_it_fits_a_phone_without_scrolling_sideways(opened: Browser) -> None:
    opened.size(390, 844)
    opened.value("document.querySelectorAll('details').forEach(each => each.open = true)")

    page = "document.documentElement"
    assert opened.value(f"{page}.scrollWidth <= {page}.clientWidth")
    narrow = "getComputedStyle(document.querySelector('.picture.narrow')).display"
    assert opened.value(narrow) == "block"
    bottom = opened.value("document.querySelector('.summary').getBoundingClientRect().bottom")
    assert isinstance(bottom, int | float) and bottom <= 844


def test_what_is_not_known_is_told_within_the_width_of_a_phone(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(page_of({}), encoding="utf-8")
    browser.size(390, 844)
    browser.open(file)

    assert "Not known: how much mail" in str(browser.value("document.body.textContent"))
    page = "document.documentElement"
    assert browser.value(f"{page}.scrollWidth <= {page}.clientWidth")


def test_the_tab_key_goes_through_the_page_from_top_to_bottom(opened: Browser) -> None:
    reached: list[tuple[float, str]] = []
    for _ in range(40):
        opened.press(*TAB)
        top = opened.value("document.activeElement.getBoundingClientRect().top + scrollY")
        name = str(opened.value("document.activeElement.innerText")).strip()
        assert isinstance(top, int | float)
        if name.startswith("Skip to the verdict") and reached:
            break
        if opened.value("document.activeElement === document.body"):
            break
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert opened.value(outline) == "solid", f"{name!r} does not show that it is reached"
        reached.append((top, name))

    assert reached[0][1] == "Skip to the verdict"
    tops = [top for top, _ in reached[1:]]
    # Links that stand side by side in the verdict's two columns may differ by their heights.
    assert all(later >= earlier - 400 for earlier, later in pairwise(tops))
    names = [name for _, name in reached]
    assert any("to approve" in name for name in names)
    assert names.index("Questions") < names.index("The same as a table")
    assert any(name.startswith("Inbox rules") for name in names), "raw evidence opens by keyboard"


def test_a_fold_opens_with_the_enter_key(opened: Browser) -> None:
    opened.value("document.querySelector('#mail summary').focus()")
    opened.ask("Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r")

    assert opened.value("document.querySelector('#mail details').open") is True


def test_what_is_read_stands_out_from_its_ground_in_light_and_dark(opened: Browser) -> None:
    """Contrast of at least 4.5 to 1, as WCAG 2.2 asks for text."""
    for scheme in ("light", "dark"):
        opened.prefers(scheme)
        worst = opened.value(CONTRAST)
        assert isinstance(worst, list)
        assert worst == [], scheme


def test_light_and_dark_look_different_and_nothing_is_blank(opened: Browser) -> None:
    light = opened.picture()
    opened.prefers("dark")
    dark = opened.picture()

    ground = "getComputedStyle(document.body).backgroundColor"
    assert opened.value(ground) == "rgb(20, 23, 27)"
    assert light != dark
    assert min(len(light), len(dark)) > 50_000, "a blank page is small"


def test_on_paper_the_folded_findings_are_open_and_raw_evidence_is_left_out(
    opened: Browser,
) -> None:
    opened.ask("Emulation.setEmulatedMedia", media="print")
    height = "document.querySelector('#mail details .inside').getBoundingClientRect().height"
    table = opened.value(height)
    raw = opened.value("document.querySelector('.raw').getBoundingClientRect().height")
    opened.ask("Emulation.setEmulatedMedia", media="")

    assert isinstance(table, int | float) and table > 0
    assert raw == 0
    assert opened.printed().startswith(b"%PDF-")


def test_a_picture_can_be_read_out_and_has_a_table_beside_it(opened: Browser) -> None:
    pictures = opened.value(
        """[...document.querySelectorAll('figure svg[role=img]')].map(each => [
             each.getAttribute('aria-labelledby').split(' ')
               .map(id => document.getElementById(id)?.textContent ?? '').join(': '),
             each.closest('section').querySelector('details table tbody tr') !== null])"""
    )
    assert isinstance(pictures, list) and len(pictures) == 4
    for each in pictures:
        assert isinstance(each, list)
        assert str(each[0]).startswith(("Mail by day: 78 messages", f"Sign-in places: {OWNER}"))
        assert each[1] is True


def test_no_two_parts_have_the_same_id_and_every_link_leads_somewhere(opened: Browser) -> None:
    ids = opened.value("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert isinstance(ids, list)
    assert len({str(each) for each in ids}) == len(ids)
    lost = opened.value(
        """[...document.querySelectorAll('a, use')].map(each => each.getAttribute('href'))
             .filter(href => !href.startsWith('#') || !document.getElementById(href.slice(1)))"""
    )
    assert lost == []


def test_a_report_of_very_many_events_opens_at_once(browser: Browser, tmp_path: Path) -> None:
    crowd = [
        signed_in(NOW - minutes(each), f"198.18.{each % 250}.{each % 200}", "CN", error_code=50126)
        for each in range(5000)
    ]
    rows: list[JsonObject] = [
        {
            "Period": (NOW - days(each % 30)).isoformat(),
            "Recipient": f"to{each % 400}@evil.example",
            "Forwarded": zlib.crc32(str(each).encode()) % 900,
        }
        for each in range(5000)
    ]
    given = answers(sign_ins=crowd, hunts=[hunt("forwarded_mail_by_day", *rows)])
    file = tmp_path / "crowd.html"
    file.write_text(page_of(given), encoding="utf-8")

    browser.open(file)

    assert file.stat().st_size < 1_500_000
    elements = browser.value("document.querySelectorAll('*').length")
    assert isinstance(elements, int) and elements < 8_000
    assert "left out of this page" in str(browser.value("document.body.textContent"))


CONTRAST = """
(() => {
  const lightness = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(part => {
      part /= 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (!colour.endsWith(', 0)')) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const texts = [...document.querySelectorAll('main *, header *, footer *')].filter(each =>
    !each.closest('svg') &&
    [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
  return texts.flatMap(each => {
    const [one, other] = [getComputedStyle(each).color, ground(each)].map(lightness);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return ratio < 4.5 ? [`${each.className || each.tagName}: ${ratio.toFixed(2)}`] : [];
  });
})()
"""
