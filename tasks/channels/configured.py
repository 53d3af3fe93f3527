"""The channels this installation has: a table from channel to sender, made from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.channels.email import Email, Relay
from tasks.channels.guard import Allowed
from tasks.channels.http import Web
from tasks.channels.sms import Gateway, Sms
from tasks.channels.webhook import Webhook

if TYPE_CHECKING:
    from tasks.channels import Sender
    from tasks.settings import Settings


def senders(settings: Settings) -> dict[str, Sender]:
    """What can be sent here. A channel that is not set up has none, and its letters fail visibly."""
    web = Web(Allowed.of(settings.outbound_allowed))
    channels: dict[str, Sender | None] = {
        "webhook": Webhook(web, settings.public_url),
        "email": _email(settings),
        "sms": _sms(settings, web),
    }
    return {name: sender for name, sender in channels.items() if sender is not None}


def _email(settings: Settings) -> Sender | None:
    if not settings.smtp_host:
        return None
    return Email(
        Relay(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_from,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
        )
    )


def _sms(settings: Settings, web: Web) -> Sender | None:
    if not settings.sms_url:
        return None
    token = settings.sms_token.get_secret_value()
    return Sms(
        Gateway(
            url=settings.sms_url,
            headers={settings.sms_token_header: token} if token else {},
            body=settings.sms_body,
            accepted=settings.sms_accepted,
            repeatable=settings.sms_repeatable,
        ),
        web,
    )
