"""Every implementation of the Mailer port, against a server that takes mail."""

import email
import email.policy
import logging
import stat
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from local.servers.launchers import mail_sink
from local.servers.mail_sink import KEPT
from local.servers.ports import free_port
from maas.adapters.aws.ses_mailer import SesMailer
from maas.adapters.mailers import NoMailer, mailer_of
from maas.adapters.smtp_mailer import SmtpMailer
from maas.domain.errors import Unavailable
from maas.domain.identity.mail import Mail
from maas.platform.settings.webhooks import MailSettings
from tests.support.aws import Aws
from tests.support.server_processes import server

SENDER = "maas@example.com"
MAIL = Mail("ada@example.com", "Your new passw\u00f6rd", "The token:\n\nabc.def\n.\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data") / "mail"


@pytest.fixture(scope="module")
def smtp(folder: Path) -> Iterator[SmtpMailer]:
    port = free_port()
    with server(mail_sink(port, folder).argv, port):
        yield SmtpMailer(f"127.0.0.1:{port}", SENDER)


@pytest.fixture
def inbox(folder: Path) -> Callable[[], list[EmailMessage]]:
    """The messages that came since."""
    before = {*folder.glob("*")}

    def read() -> list[EmailMessage]:
        files = sorted({*folder.glob("*")} - before)
        assert all(file.suffix == ".eml" and stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    return read


def test_mail_arrives_as_a_file_in_the_folder(smtp: SmtpMailer, inbox: Callable[[], list[EmailMessage]]) -> None:
    smtp.check()
    smtp.send(MAIL)
    [found] = inbox()
    assert (found["From"], found["To"], found["Subject"]) == (SENDER, MAIL.to, MAIL.subject)
    assert found["Auto-Submitted"] == "auto-generated"
    assert found.get_content() == MAIL.text


@pytest.mark.parametrize("line", ["t" * 998, "t" * 999, "\u00fc" * 80])
def test_a_line_of_any_length_arrives_whole(
    smtp: SmtpMailer, inbox: Callable[[], list[EmailMessage]], folder: Path, line: str
) -> None:
    smtp.send(Mail("ada@example.com", "Hello", f"{line}\n"))
    assert [found.get_content() for found in inbox()] == [f"{line}\n"]
    newest = max(folder.glob("*.eml")).read_text()
    assert (line in newest) == (line == "t" * 998)


def test_mail_to_an_address_beyond_ascii_arrives(smtp: SmtpMailer, inbox: Callable[[], list[EmailMessage]]) -> None:
    smtp.send(Mail("\u00e4da@stra\u00dfe.example", "Hello", "Text\n"))
    assert [found["To"] for found in inbox()] == ["\u00e4da@stra\u00dfe.example"]


def test_the_mailbox_keeps_a_bounded_number_of_files(folder: Path, smtp: SmtpMailer) -> None:
    for number in range(KEPT):
        (folder / f"0 {number:04}.eml").touch()
    smtp.send(MAIL)
    names = sorted(file.name for file in folder.glob("*.eml"))
    assert len(names) == KEPT
    assert names[0] > "0 0000.eml"
    assert MAIL.to in names[-1]
    for number in range(KEPT):
        (folder / f"0 {number:04}.eml").unlink(missing_ok=True)


def test_ses_gets_mail_from_a_verified_sender(aws: Aws) -> None:
    client = aws.client("sesv2")
    client.create_email_identity(EmailIdentity=SENDER)
    before = aws.client("ses").get_send_quota()["SentLast24Hours"]
    mailer = mailer_of(MailSettings(SENDER), aws.endpoint)
    assert isinstance(mailer, SesMailer)
    mailer.check()
    mailer.send(MAIL)
    assert aws.client("ses").get_send_quota()["SentLast24Hours"] == before + 1


@pytest.mark.parametrize("kind", ["smtp", "ses", "ses-unverified"])
def test_a_mail_that_is_not_taken_is_unavailable(kind: str, aws: Aws, caplog: pytest.LogCaptureFixture) -> None:
    closed = f"127.0.0.1:{free_port()}"
    mailers = {
        "smtp": mailer_of(MailSettings(SENDER, closed)),
        "ses": SesMailer(SENDER, f"http://{closed}"),
        "ses-unverified": SesMailer("nobody@unverified.example", aws.endpoint),
    }
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable) as caught:
        mailers[kind].send(MAIL)
    said = caught.value.message + caplog.text
    assert "127.0.0.1" not in caught.value.message
    assert MAIL.to not in said
    assert "abc.def" not in said


def test_a_server_that_is_down_is_found_before_any_mail() -> None:
    with pytest.raises(Unavailable):
        SmtpMailer(f"127.0.0.1:{free_port()}", SENDER).check()


def test_without_a_sender_nothing_is_sent() -> None:
    mailer = mailer_of(MailSettings("", "127.0.0.1:25"))
    assert isinstance(mailer, NoMailer)
    with pytest.raises(Unavailable, match="no sender"):
        mailer.check()
    with pytest.raises(Unavailable, match="no sender"):
        mailer.send(MAIL)


def test_no_text_of_a_mail_is_in_its_repr() -> None:
    assert "abc.def" not in repr(MAIL)
