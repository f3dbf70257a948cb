"""A service that Apprise knows how to tell (only `apprise`, an extra): a chat, a pager, a telephone."""

import logging
from typing import Any

from agent.channels import AppriseSettings
from agent.errors import ChannelError
from agent.outlet import Message


class Apprising:
    """Keeps the Channel protocol."""

    def __init__(self, settings: AppriseSettings) -> None:
        self.name = settings.name
        self._settings = settings

    def look(self) -> str:
        """Whether Apprise is there and knows what the address means."""
        return f"messages go by Apprise to {', '.join(each.service_name or 'a service' for each in self._servers())}"

    def send(self, message: Message) -> None:
        """Hand a message to Apprise. Raises ChannelError; why something failed, Apprise does not tell."""
        body = "\n\n".join(filter(None, [message.words.strip(), message.link]))
        if not self._servers().notify(title=message.subject, body=body, body_format="text"):
            raise self._fault("the service did not take the message")

    def _servers(self) -> Any:
        if not self._settings.url:
            raise self._fault(f"the variable {self._settings.url_env} is not set", permanent=True)
        try:
            import apprise
        except ImportError:
            raise self._fault(
                "Apprise is not installed; run: pip install 'afterword[apprise]'", permanent=True
            ) from None
        # What it logs quotes the address.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        servers = apprise.Apprise()
        if not servers.add(self._settings.url):
            raise self._fault(f"{self._settings.url_env} holds no address that Apprise knows", permanent=True)
        return servers

    def _fault(self, reason: str, *, permanent: bool = False) -> ChannelError:
        return ChannelError(channel=f"The service {self.name}", reason=reason, permanent=permanent)
