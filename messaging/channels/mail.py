"""E-mail, by the server that EMAIL_HOST names; one connection for a run."""

from collections.abc import Callable, Sequence
from datetime import datetime
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from types import TracebackType

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from messaging.channels.base import Down, Failed, InDoubt, NotSent, Rejected, Sender
from messaging.letters import letter_of
from messaging.models import Delivery

PERMANENT = 500


class Mail(Sender):
    @classmethod
    def is_on(cls) -> bool:
        return bool(settings.EMAIL_HOST)

    def __init__(self) -> None:
        self._connection = get_connection()
        self._is_open = False

    def __exit__(self, *what: type[BaseException] | BaseException | TracebackType | None) -> None:
        try:
            self._connection.close()
        except (SMTPException, OSError):
            return

    def prepare(self, deliveries: Sequence[Delivery], at: datetime) -> Callable[[], None]:
        person = deliveries[0].person
        letter = letter_of(deliveries, at=at)
        mail = EmailMessage(letter.title, letter.text, to=[person.email if person else ""])
        return lambda: self._send(mail)

    def _send(self, mail: EmailMessage) -> None:
        """The connection is opened apart: what fails there has sent nothing. What is cut off later may have."""
        try:
            mail.message()
        except (ValueError, UnicodeError):
            raise Rejected("邮件地址或标题不能用") from None
        self._open()
        try:
            self._hand_over(mail)
        except Failed:
            self._drop()  # a server that says no may hang up: the next letter begins anew
            raise

    def _hand_over(self, mail: EmailMessage) -> None:
        try:
            self._connection.send_messages([mail])
        except SMTPRecipientsRefused as error:
            codes = [code for code, _words in error.recipients.values()]
            raise _refusal(max(codes, default=PERMANENT)) from None
        except SMTPResponseException as error:
            raise _refusal(error.smtp_code) from None
        except ValueError:  # found by Django before it speaks to the server
            raise Rejected("邮件地址不能用") from None
        except (SMTPException, OSError) as error:
            raise InDoubt(f"发送途中连接中断：{type(error).__name__}") from None

    def _open(self) -> None:
        if self._is_open:
            return
        try:
            self._connection.open()
        except (SMTPException, OSError) as error:
            raise Down(f"邮件服务器连接不上：{type(error).__name__}") from None
        self._is_open = True

    def _drop(self) -> None:
        self._is_open = False
        try:
            self._connection.close()
        except (SMTPException, OSError):
            self._connection = get_connection()


def _refusal(code: int) -> NotSent | Rejected:
    """4xx: later; 5xx: never."""
    return Rejected(f"邮件服务器拒收：{code}") if code >= PERMANENT else NotSent(f"邮件服务器暂不收：{code}")
