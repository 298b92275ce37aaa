"""Tells people how a run ended: to a webhook that takes {"text": ...}, and to the log."""

from __future__ import annotations

import http.client
import json
import logging
import urllib.request

from headrace_steps.programs import Interrupted

log = logging.getLogger(__name__)
TIMEOUT_S = 20


def tell(text: str, webhook: str = "") -> None:
    """The webhook's address is a secret: it is never shown."""
    log.info("%s", text)
    if not webhook:
        log.info("no webhook is set: this log is the only place that says so")
        return
    body = json.dumps({"text": text}).encode()
    try:
        request = urllib.request.Request(webhook, body, {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):
            pass
    except (OSError, ValueError, http.client.HTTPException) as error:
        # Texts of other errors than the system's may quote the address.
        reason = str(error) if isinstance(error, OSError) else error.__class__.__name__
        raise Interrupted(f"the webhook did not take the message: {reason}") from None
