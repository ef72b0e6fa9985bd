"""An invited person takes up the link, adds a security key, logs in with it, signs with it."""

import base64
import hashlib
import hmac
import json
import re
import struct
import subprocess
import sys
import time

import pytest
from served_site import own_environment

pytestmark = pytest.mark.journey
PASSWORD = "correct horse battery staple"


def invite(site, **who):
    """Invite a person on the command line of the running site; return the link."""
    options = [part for name, value in who.items() for part in (f"--{name}", value)]
    done = subprocess.run(
        [sys.executable, "-m", "adjuvant", "invite", "--study", str(site.study), "--url", site.url,
         "--json", *options],
        capture_output=True, text=True, check=True, env=own_environment(),
    )  # fmt: skip
    return json.loads(done.stdout)["link"]


def choose_password(page, link):
    page.goto(link)
    page.fill("#id_password", PASSWORD)
    page.fill("#id_again", PASSWORD)
    page.click("main form button.primary")


def digits(secret, steps=0):
    """What an authenticator app shows (RFC 6238)."""
    moment = struct.pack(">Q", int(time.time()) // 30 + steps)
    mac = hmac.new(base64.b32decode(secret), moment, hashlib.sha1).digest()
    start = mac[-1] & 15
    value = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{value % 1_000_000:06d}"


def with_key(page):
    """Give a browser a security key of its own."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_security_key_is_added_logs_in_and_signs(site, open_page):
    link = invite(site, role="data_manager", name="K. Key", email="key@example.org",
                  organisation="Unit")  # fmt: skip
    page = open_page()
    with_key(page)
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    choose_password(page, link)
    page.goto(site.url + "people/")
    closed = page.url

    page.goto(site.url + "account/2fa/webauthn/add/")
    page.fill("#id_name", "My key")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    codes = page.locator("#codes li").count()
    page.click("header .who button")
    page.goto(site.url + "account/login/")
    page.fill("#id_login", "key@example.org")
    page.fill("#id_password", PASSWORD)
    page.click("main form button.primary")
    page.wait_for_url("**/2fa/authenticate/")
    page.click("#mfa_webauthn_authenticate")
    page.wait_for_url(site.url)
    page.goto(site.url + "people/person/P0008/appoint/")
    page.fill("#id_password", PASSWORD)
    page.click("#use_key")
    page.wait_for_url("**/appoint/")

    assert closed.endswith("/account/2fa/")
    assert codes == 10
    assert "You sign:" in page.inner_text("main")
    assert not [text for text in refused if "Content Security Policy" in text]


def test_app_is_set_up_and_logs_in_without_javascript_by_keyboard(site, open_page):
    link = invite(site, role="data_manager", name="T. App", email="app@example.org",
                  organisation="Unit")  # fmt: skip
    page = open_page(java_script_enabled=False)
    choose_password(page, link)
    page.goto(site.url + "account/2fa/totp/activate/")
    secret = page.inner_text("#authenticator_secret")

    page.fill("#id_code", digits(secret, -1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/**")
    page.goto(site.url + "account/logout/")
    page.click("main form button.primary")
    page.goto(site.url + "account/login/")
    page.focus("#id_login")
    page.keyboard.type("app@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/2fa/authenticate/")
    page.focus("#id_code")
    page.keyboard.type(digits(secret))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"{re.escape(site.url)}$"))

    assert "T. App" in page.inner_text("header")


def test_principal_investigator_delegates_and_the_person_works_from_then_on(site, open_page):
    page = open_page()
    page.goto(site.links["Principal investigator, S01"])
    page.goto(site.url + "people/invite/")
    page.fill("#id_name", "N. Nurse")
    page.fill("#id_organisation", "S01")
    page.fill("#id_email", "nurse@example.org")
    page.click("main form button.primary")
    number = re.search(r"P\d{4}", page.inner_text("main")).group()

    page.goto(site.url + "people/sites/S01/log/sign/")
    page.fill("#id_code", page.inner_text("#shown-code"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/log/sign/")
    page.select_option("#id_person", number)
    page.select_option("#id_role", "nurse")
    page.get_by_label("Enter forms").check()
    page.get_by_label("Draw blood for culture").check()
    page.click("main form button.primary")
    page.wait_for_url("**/log/")
    text = page.inner_text("main")

    assert "N. Nurse" in text
    assert "I delegate these tasks to this person under my supervision" in text
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC \(.*Asia/Tokyo\)", text)
    assert "Without a training" in text
