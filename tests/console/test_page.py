from __future__ import annotations

from pathlib import Path

from tests.fakes.console import Console, running_console


def test_a_page_that_is_not_built_says_how_it_is_built(console: Console) -> None:
    with console.client() as browser:
        answer = browser.get("/")
        assert answer.status_code == 503
        assert "make page" in answer.text
        assert browser.get("/assets/x.js").status_code == 404


def test_the_built_page_is_served(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<!doctype html><title>Patrol</title>")
    (dist / "assets" / "main-1a2b.js").write_text("1")
    (tmp_path / "secret").write_text("secret")
    with running_console(tmp_path / "desk", dist) as console, console.client() as browser:
        page = browser.get("/")
        assert "<title>Patrol" in page.text
        assert page.headers["cache-control"] == "no-cache"
        script = browser.get("/assets/main-1a2b.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        for path in ("/../secret", "/%2e%2e/secret", "/..%2fsecret", "/assets/../../secret"):
            assert browser.get(path).status_code == 404
        missing = browser.get("/assets/gone.js")
        assert missing.status_code == 404
        assert "immutable" not in missing.headers.get("cache-control", "")
