"""What billing tells by itself: balances that run low, holds that expired, payments. Verifies the signature (Standard Webhooks) and reads the message.

FastAPI: read_webhook(request.headers, await request.body()). Flask: read_webhook(request.headers, request.get_data()).
Answer 400 to a WebhookRefused, and 2xx to everything else before you begin long work: what is not answered in 15 seconds is sent again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOLERANCE_SECONDS = 300


@dataclass(frozen=True)
class BillingMessage:
    """What happened. A message may come twice: remember its id, and do nothing the second time."""

    id: str
    type: str  # such as balance.low, hold.expired or top_up.paid; ignore those that you do not know
    timestamp: str
    mode: str  # test or live
    customer_id: str | None  # your own id of whom it is about
    data: dict[str, Any]


class WebhookRefused(Exception):
    """It is not from billing, was changed on its way, or is too old."""


def read_webhook(headers: Mapping[str, str], body: bytes, secret: str | None = None) -> BillingMessage:
    """headers by lower-case name (those of the frameworks take any); body as it came, never parsed before."""
    secret = secret or os.environ.get("MCP_BILLING_WEBHOOK_SECRET")
    if not secret:
        raise RuntimeError("MCP_BILLING_WEBHOOK_SECRET is not set: it is answered once, when the webhook endpoint is created")
    message_id, timestamp = headers.get("webhook-id") or "", headers.get("webhook-timestamp") or ""
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    if not is_number or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise WebhookRefused("the webhook is too old, or has no time")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    # There are two while a secret replaces another.
    signatures = (headers.get("webhook-signature") or "").split(" ")
    if not any(hmac.compare_digest(signature.encode(), expected) for signature in signatures):
        raise WebhookRefused("no signature of the webhook is right")
    told = json.loads(body)
    return BillingMessage(told["id"], told["type"], told["timestamp"], told["mode"], told.get("customer_id"), told["data"])
