"""Somebody at a browser, who reads what the page says and clicks what it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

MILLISECONDS = 30_000
# What the console tells though nothing is wrong with the page.
_EXPECTED = (
    "the server responded with a status of 403",
    "the server responded with a status of 404",
    # The tests' server has no TLS, and the header counts on secure origins only.
    "The Cross-Origin-Opener-Policy header has been ignored",
)


class Visitor:
    """A person in a browser of their own, with cookies of their own.

    Attributes:
        page: the open page.
        complaints: what the browser complained about: failed scripts, blocked resources.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in _EXPECTED):
            self.complaints.append(message.text)

    def open(self, address: str) -> int:
        """Open an address; the status of the answer."""
        response = self.page.goto(address)
        assert response is not None
        return response.status

    def sign_in(self, admin: str, username: str, password: str) -> None:
        """Open an admin, and sign in where it leads."""
        self.open(admin)
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_load_state()

    def menu(self, item: str) -> None:
        """Choose an item of the menu."""
        self.page.locator(f'#nav-sidebar-apps a:has(span:text-is("{item}"))').click()

    def choose(self, link: str) -> None:
        """Follow a link of the list."""
        self.page.locator("#result_list").get_by_role("link", name=link, exact=True).click()

    def act(self, action: str) -> None:
        """Press an action's button, and confirm it where it asks."""
        self.press(action)
        self.page.get_by_role("button", name=action).click()

    def press(self, action: str) -> None:
        """Press an action's button, in its menu if it is in one."""
        link = self.page.locator("a.pa-action, .pa-menu a", has_text=action).first
        menus = self.page.locator("details.pa-menu:not([open])")
        menu = menus.filter(has=self.page.locator("a", has_text=action)).locator("summary")
        if not link.is_visible() and menu.count():
            menu.first.click()
        link.click()

    def save(self) -> None:
        """Press Save."""
        self.page.get_by_role("button", name="Save", exact=True).click()

    def sees(self, text: str) -> None:
        """Wait until the page shows a text; it must."""
        expect(self.page.locator("body")).to_contain_text(
            text, use_inner_text=True, timeout=MILLISECONDS
        )

    def reads(self, text: str) -> bool:
        """Whether the page, as it is now, shows a text."""
        return text in self.page.inner_text("body")

    @property
    def overflows(self) -> bool:
        """Whether the page is wider than the window."""
        wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.page.evaluate(wider))

    @property
    def overflows_in_light_or_dark(self) -> bool:
        """Whether the page is wider than the window in either of its colour schemes."""
        found = False
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found |= self.overflows
        return found
