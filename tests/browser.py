"""A headless Chromium for tests, driven over its own protocol (Chrome DevTools Protocol)."""

import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import JsonValue, TypeAdapter

from sandbox.tenant.part import JsonObject
from tests.labs import as_object

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PATIENCE = 60.0
"""Seconds for any answer."""
_OBJECT = TypeAdapter(JsonObject)


class Browser:
    """One page of a running Chromium."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._numbers = itertools.count(1)
        self._unread = b""
        self._session = ""
        self.requests: list[str] = []
        """The URLs that the page asked for, refused ones too."""
        self.complaints: list[str] = []
        """What the browser had to say of the page: errors, and what the policy kept out."""

    def attach(self) -> None:
        """Opens an empty page, and listens to it."""
        target = self._asked("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._asked("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = str(attached["sessionId"])
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def open(self, page: Path) -> None:
        """Shows a file, whole."""
        self.ask("Page.navigate", url=page.as_uri())
        deadline = time.monotonic() + _PATIENCE
        while self.value("document.readyState + location.protocol") != "completefile:":
            assert time.monotonic() < deadline, "the page does not load"

    def ask(self, method: str, **parameters: JsonValue) -> JsonObject:
        """A command of the protocol to the page, and its result."""
        return self._asked(method, parameters, self._session)

    def value(self, script: str) -> JsonValue:
        """What an expression is worth in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return as_object(answer["result"]).get("value")

    def size(self, width: int, height: int) -> None:
        """The size of the window, in CSS pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefers(self, scheme: str) -> None:
        """Light or dark."""
        feature: JsonObject = {"name": "prefers-color-scheme", "value": scheme}
        self.ask("Emulation.setEmulatedMedia", features=[feature])

    def press(self, key: str, code: int) -> None:
        """A key, as a person presses it."""
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def picture(self) -> bytes:
        """What the window shows, as PNG."""
        return base64.b64decode(str(self.ask("Page.captureScreenshot")["data"]))

    def printed(self) -> bytes:
        """The page on paper, as PDF."""
        return base64.b64decode(str(self.ask("Page.printToPDF")["data"]))

    def _asked(self, method: str, parameters: JsonObject, session: str = "") -> JsonObject:
        number = next(self._numbers)
        command: JsonObject = {"id": number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        unsent = json.dumps(command).encode() + b"\0"
        while unsent:
            unsent = unsent[os.write(self._commands, unsent) :]
        while True:
            told = self._read()
            self._note(told)
            if told.get("id") == number:
                assert "error" not in told, told
                return as_object(told["result"])

    def _read(self) -> JsonObject:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._answers], [], [], _PATIENCE)
            assert ready, "the browser does not answer"
            read = os.read(self._answers, 1 << 20)
            assert read, "the browser has ended"
            self._unread += read
        message, _, self._unread = self._unread.partition(b"\0")
        return _OBJECT.validate_json(message)

    def _note(self, told: JsonObject) -> None:
        match told:
            case {"method": "Network.requestWillBeSent", "params": {"request": {"url": str(url)}}}:
                self.requests.append(url)
            case {"method": "Log.entryAdded", "params": {"entry": {"text": str(text)}}}:
                self.complaints.append(text)
            case {"method": "Runtime.exceptionThrown", "params": dict(parameters)}:
                self.complaints.append(str(parameters))
            case _:
                pass


@contextmanager
def chromium(profile: Path) -> Generator[Browser]:
    """Runs Chromium with a profile of its own, and ends it. Skips the test where there is none."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium on the path")
    command_end, commands = os.pipe()
    answers, answer_end = os.pipe()
    # It talks over the descriptors 3 and 4, which a shell gives it.
    pipes = f'exec "$0" "$@" 3<&{command_end} 4>&{answer_end}'
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
    with subprocess.Popen(  # noqa: S603 - a program from the path, with options of our own
        ["/bin/bash", "-c", pipes, program, *options, f"--user-data-dir={profile}"],
        pass_fds=(command_end, answer_end),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        os.close(command_end)
        os.close(answer_end)
        try:
            browser = Browser(commands, answers)
            browser.attach()
            yield browser
        finally:
            running.terminate()
            os.close(commands)
            os.close(answers)
