"""A scientist's way through the platform in Chromium; each step leaves a screenshot in artifacts/browser/."""

import re

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.platform import ROOT, wait_for

pytestmark = [pytest.mark.platform, pytest.mark.browser]

SCREENSHOTS = ROOT / "artifacts/browser"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOW = 120_000
"""Longest wait for a server or a desktop (milliseconds)."""

BRIGHT = """() => {
  const canvas = document.querySelector('canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let bright = 0;
  for (let i = 0; i < pixels.length; i += 400) bright += pixels[i] > 200;
  return bright / (pixels.length / 400);
}"""
"""Which part of a remote screen is bright."""


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def new_page(chromium) -> Page:
    """A page of a browser that nobody has signed in with; what goes wrong in it is printed, for tests that fail."""
    # The tests' authority is not in Chromium's store; that the chain is right is proved by every other client here.
    context = chromium.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 860})
    context.on("console", lambda message: message.type == "error" and print(message.text))
    context.on("requestfailed", lambda request: print(request.failure, request.url))
    context.on("response", lambda response: response.status >= 400 and print(response.status, response.url))
    return context.new_page()


@pytest.fixture
def page(chromium):
    page = new_page(chromium)
    yield page
    page.context.close()


def shot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def sign_in(page: Page, platform, user: str) -> None:
    page.wait_for_url(re.compile(r"/cas/login"))
    page.get_by_label(re.compile("user", re.IGNORECASE)).fill(user)
    page.locator("#password").fill(platform.passwords[user])
    shot(page, "sign-in")
    page.locator("#password").press("Enter")


def open_lab(page: Page, platform, user: str) -> str:
    """Open a user's JupyterLab from the mission's address and return its base address."""
    hub = platform.deployment.url("planck")
    page.goto(hub)
    sign_in(page, platform, user)
    page.wait_for_url(re.compile(rf"/user/{user}/lab"), timeout=SLOW)
    base = f"{hub}/user/{user}"
    show_launcher(page, base)
    return base


def show_launcher(page: Page, base: str) -> None:
    """Open JupyterLab without what was open the last time."""
    page.goto(f"{base}/lab?reset")
    expect(page.locator(".jp-LauncherCard").first).to_be_visible(timeout=SLOW)
    dismiss_dialogs(page)


def dismiss_dialogs(page: Page) -> None:
    """Close what JupyterLab asks on first start."""
    for name in ("No", "Dismiss", "Close"):
        button = page.get_by_role("button", name=name, exact=True)
        if button.count():
            button.first.click()


def wait_for_kernel(page: Page) -> None:
    """Wait until the notebook's kernel takes what is run: before, JupyterLab drops it."""
    expect(page.locator(".jp-Notebook-ExecutionIndicator:visible[data-status='idle']")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name=re.compile(r"\| Idle$"))).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])
def test_portal_is_whole_without_sign_in(chromium, platform, scheme, width):
    context = chromium.new_context(
        ignore_https_errors=True, color_scheme=scheme, viewport={"width": width, "height": 860}
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(platform.deployment.url())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    shot(page, f"portal-{scheme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not [url for url in asked if not url.startswith((platform.deployment.url(), "data:"))]
    assert problems == []
    context.close()


def test_from_portal_to_notebook_and_out_again(page, platform):
    page.goto(platform.deployment.url())
    page.get_by_role("link", name=re.compile("sign in", re.IGNORECASE)).first.click()
    sign_in(page, platform, "alice")
    expect(page.get_by_text("Planck").first).to_be_visible()
    shot(page, "me")
    page.goto(platform.deployment.url("planck"))
    page.wait_for_url(re.compile(r"/user/alice/lab"), timeout=SLOW)
    show_launcher(page, f"{platform.deployment.url('planck')}/user/alice")
    shot(page, "lab")
    page.goto(f"{platform.deployment.url('planck')}/hub/logout")

    def signs_in_again() -> bool:
        page.goto(f"{platform.deployment.url()}/me")
        return "/cas/login" in page.url

    # The sign-on tells the other services after it has answered.
    wait_for(signs_in_again, 20, "the portal knows that she has left")
    shot(page, "signed-out")


def test_a_sky_map_is_drawn_in_a_notebook(page, platform):
    base = open_lab(page, platform, "alice")
    page.goto(f"{base}/lab/tree/home/alice/examples/explore-the-maps.ipynb")
    wait_for_kernel(page)
    dismiss_dialogs(page)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    expect(page.locator(".jp-OutputArea-output img").first).to_be_visible(timeout=SLOW)
    page.locator(".jp-OutputArea-output img").first.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    shot(page, "sky-map")


@pytest.mark.parametrize(
    ("title", "code"),
    [("Python", "print(6 * 7)"), ("R", "cat(6 * 7)"), ("Octave", "printf('%d', 6 * 7)"), ("GDL", "print, 6 * 7")],
)
def test_a_notebook_in_each_language(page, platform, title, code):
    open_lab(page, platform, "alice")
    dismiss_dialogs(page)
    card = page.locator(".jp-LauncherCard[data-category='Notebook']").filter(has_text=re.compile(title)).first
    card.click()
    cell = page.locator(".jp-Notebook:visible .cm-content").first
    wait_for_kernel(page)
    cell.click()
    page.keyboard.type(code)
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-output:visible").filter(has_text="42").first).to_be_visible(timeout=SLOW)
    shot(page, f"notebook-{title.lower()}")


def test_what_one_writes_into_a_share_the_other_reads(chromium, page, platform):
    open_lab(page, platform, "alice")
    dismiss_dialogs(page)
    page.locator(".jp-LauncherCard").filter(has_text="Terminal").first.click()
    terminal = page.locator(".jp-Terminal:visible").first
    terminal.click()
    page.wait_for_timeout(2000)  # the shell's prompt; the terminal is a canvas
    page.keyboard.type("echo written by alice > /share/papers/from-alice.txt")
    page.keyboard.press("Enter")
    written = "/share/papers/from-alice.txt"
    wait_for(lambda: platform.run("planck", "test", "-s", written).returncode == 0, 60, "the file in the share")
    shot(page, "share-alice")
    other = new_page(chromium)
    base = open_lab(other, platform, "dave")
    other.goto(f"{base}/lab/tree/share/papers/from-alice.txt")
    expect(other.locator(".cm-content:visible").first).to_contain_text("written by alice", timeout=SLOW)
    shot(other, "share-dave")
    other.context.close()


def open_share(page: Page, platform, user: str) -> Page:
    """Open the share from the launcher of a user's JupyterLab and return its page."""
    open_lab(page, platform, user)
    dismiss_dialogs(page)
    card = page.locator(".jp-LauncherCard").filter(has_text="Work together: papers")
    expect(card).to_be_visible(timeout=SLOW)
    shot(page, f"launcher-{user}")
    with page.context.expect_page() as opened:
        card.click()
    share = opened.value
    button = share.get_by_role("button", name="Open the share")
    expect(button).to_be_visible(timeout=SLOW)
    shot(share, f"share-question-{user}")
    button.click()
    share.wait_for_url(re.compile(r"/user/share-papers/lab"), timeout=SLOW)
    expect(share.locator("#jp-main-dock-panel")).to_be_visible(timeout=SLOW)
    dismiss_dialogs(share)
    return share


def test_two_members_edit_one_notebook_at_the_same_time(chromium, page, platform):
    first = open_share(page, platform, "alice")
    first.locator(".jp-LauncherCard[data-category='Notebook']").filter(has_text="Python").first.click()
    cells = ".jp-Notebook:visible .cm-content"
    expect(first.locator(cells).first).to_be_visible(timeout=SLOW)
    name = first.locator(".lm-TabBar-tab.jp-mod-current .lm-TabBar-tabLabel").first.inner_text()
    first.locator(cells).first.click()
    first.keyboard.type("print('from alice')")
    second = open_share(new_page(chromium), platform, "dave")
    second.goto(f"{platform.deployment.url('planck')}/user/share-papers/lab/tree/{name}")
    expect(second.locator(cells).first).to_contain_text("from alice", timeout=SLOW)
    second.locator(cells).first.click()
    second.keyboard.press("Control+End")
    second.keyboard.type("  # and dave")
    expect(first.locator(cells).first).to_contain_text("# and dave", timeout=SLOW)
    shot(first, "together-alice")
    shot(second, "together-dave")
    second.context.close()


def test_desktop_shows_topcat(page, platform):
    base = open_lab(page, platform, "alice")
    page.goto(f"{base}/desktop/")
    expect(page.locator("canvas").first).to_be_visible(timeout=SLOW)
    uid = platform.run("planck", "id", "-u", "alice").stdout.strip()
    wait_for(lambda: "tint2" in platform.run("planck", "ps", "-u", uid, "-o", "args").stdout, 60, "the desktop's panel")
    page.wait_for_timeout(3000)  # the panel draws itself
    screen = page.locator("canvas").first.bounding_box()
    page.mouse.click(screen["x"] + 28, screen["y"] + screen["height"] - 22)  # its first icon
    wait_for(lambda: page.evaluate(BRIGHT) > 0.1, 120, "a window on the dark desktop")
    assert "topcat" in platform.run("planck", "ps", "-u", uid, "-o", "args").stdout.lower()
    page.wait_for_timeout(3000)
    shot(page, "desktop")
