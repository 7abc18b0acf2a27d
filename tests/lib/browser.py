"""A real browser, and the page in the words of its reader."""
import os
import pathlib
import shutil
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from lib.wait import until

OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1200,900")


def start():
    """A browser with a profile of its own; call .stop() on it."""
    profile = tempfile.mkdtemp(prefix="coatcheck-browser-")
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in (*OPTIONS, f"--user-data-dir={profile}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(
        service=Service("/usr/bin/chromedriver"), options=options)

    def stop():
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)
    driver.stop = stop
    return driver


class Page:
    """The page at / in one tab. Parts are found by their data-testid."""

    def __init__(self, driver, stack):
        self.driver, self.stack = driver, stack
        self.address = f"http://127.0.0.1:{stack.port}/"

    def open(self, fragment=""):
        self.driver.get("about:blank")  # a new fragment alone reloads nothing
        self.driver.get(self.address + fragment)
        return self

    def open_for(self, user, course):
        """Follows the link that scripts/server prints for a learner."""
        token = self.stack.token(user)
        return self.open(f"#token={token}&course={course}")

    def open_for_tutor(self, user, course):
        """The same for a tutor."""
        token = self.stack.token(user, "--role", "tutor")
        return self.open(f"#token={token}&course={course}")

    def forget(self):
        """No token left over from another test."""
        self.open()
        self.driver.execute_script("sessionStorage.clear()")
        self.driver.get_log("browser")
        return self

    def all(self, testid):
        return self.driver.find_elements(
            By.CSS_SELECTOR, f"[data-testid='{testid}']")

    def shown(self, testid):
        return [e for e in self.all(testid) if e.is_displayed()]

    def wait_shown(self, testid, within=10):
        return until(lambda: self.shown(testid), within,
                     f"{testid} is shown")[-1]

    def text(self, testid, within=10):
        """The text of the last one there is."""
        return self.wait_shown(testid, within).text

    def wait_text(self, testid, words, within=10):
        until(lambda: any(words in e.text for e in self.shown(testid)),
              within, f"{testid} says {words!r}")

    def texts(self, testid):
        """Of all that are shown, in order."""
        return [e.text for e in self.shown(testid)]

    def wait_texts(self, testid, wanted, within=10):
        until(lambda: self.texts(testid) == wanted, within,
              f"{testid} says {wanted}")

    def ask(self, chat, question, send=Keys.ENTER):
        """chat is landing, course or learners."""
        field = self.wait_shown(f"{chat}-input")
        button = self.all(f"{chat}-send")[0]
        until(button.is_enabled, 10, "a question can be sent")
        field.send_keys(question)
        if send:
            field.send_keys(send)
        else:
            button.click()

    def click(self, label):
        """A button by its words."""
        def found():
            return [b for b in self.driver.find_elements(By.TAG_NAME, "button")
                    if b.is_displayed() and b.text == label]
        until(found, 10, f"button {label!r}")[-1].click()

    def tabs(self):
        """The words on the tabs that are shown."""
        return [e.text for e in self.driver.find_elements(
            By.CSS_SELECTOR, "[role=tab]") if e.is_displayed()]

    def press_on_tab(self, key):
        """A key, on the tab that is chosen."""
        self.driver.find_element(
            By.CSS_SELECTOR, "[role=tab][aria-selected=true]").send_keys(
            getattr(Keys, key))

    def chips(self, chat):
        """The suggestions that stand under a conversation, once they do."""
        return until(lambda: self.driver.find_elements(
            By.CSS_SELECTOR, f"#{chat}-chips .chip"), 10, f"{chat} has chips")

    def covered_chips(self, chat):
        """The texts of those that lie under the form, as it is scrolled."""
        form = self.driver.find_element(By.ID, f"{chat}-form").rect
        return [chip.text for chip in self.chips(chat)
                if chip.rect["y"] + chip.rect["height"] > form["y"]]

    def choose(self, testid, label):
        Select(self.wait_shown(testid)).select_by_visible_text(label)

    def picture(self, name, width=1200, scheme="light"):
        """
        A screenshot of the window, in $COATCHECK_TEST_PICTURES if that is
        set and else beside the logs, which go with the stack.
        """
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1,
            "mobile": width < 600})
        folder = pathlib.Path(
            os.environ.get("COATCHECK_TEST_PICTURES") or self.stack.home)
        path = folder / f"{name}-{scheme}-{width}.png"
        assert self.driver.save_screenshot(str(path)), path

    def usual_size(self):
        self.driver.execute_cdp_cmd(
            "Emulation.clearDeviceMetricsOverride", {})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"features": []})

    def complaints(self):
        """Errors on the console, such as what the CSP has blocked."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE"]
