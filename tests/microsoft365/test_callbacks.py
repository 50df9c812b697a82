"""Only a Logic App's callback URL may be called."""

import pytest

from microsoft365.callbacks import is_callback

CALLBACK = "https://prod-42.westeurope.logic.azure.com:443/workflows/a/runs/b/actions/c/run?sig=d"


def test_a_callback_url_of_a_logic_app_is_taken() -> None:
    assert is_callback(CALLBACK, loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        CALLBACK.replace("https", "http"),
        CALLBACK.replace(".logic.azure.com", ".logic.azure.com.evil.example"),
        CALLBACK.replace("prod-42.westeurope.logic", "prod-42.westeurope.evillogic"),
        CALLBACK.replace(":443", ":8443"),
        CALLBACK.replace("https://", "https://logic.azure.com@evil.example/?"),
        CALLBACK.replace("https://", "https://user:word@"),
        "https://evil.example/#.logic.azure.com",
        "https://evil.example\\.logic.azure.com/",
        "https://logic.azure.com/",
        "https://169.254.169.254/metadata",
        "http://127.0.0.1:7071/api/undo",
        "https://x.logic.azure.com:port/",
        "https://[::1",
        "",
    ],
)
def test_nothing_else_is_taken_in_the_cloud(url: str) -> None:
    assert not is_callback(url, loopback=False)


def test_on_loopback_the_simulated_logic_app_is_on_this_machine_and_nowhere_else() -> None:
    assert is_callback("http://127.0.0.1:5000/workflows/x", loopback=True)
    for url in (CALLBACK, "http://127.0.0.1.evil.example/", "https://evil.example/"):
        assert not is_callback(url, loopback=True)
