"""Talks to the runtime API of McpBilling. Nothing here knows your prices: see events.py.

Needs Python 3.10 or newer, and no dependency. Calls block: from async code use asyncio.to_thread.
"""

from __future__ import annotations

import http.client
import json
{{#top_ups}}
import logging
{{/top_ups}}
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any, TypedDict


class UsageEvent(TypedDict, total=False):
    """What was, or is expected to be, used. Made by the functions in events.py."""

    event_type: str
    quantity: str
    properties: dict[str, str | int | float | bool]


class Subject(TypedDict, total=False):
    """Who and what inside your customer's own business the usage belongs to."""

    end_user: str
    session: str
    task: str


class BillingUnavailable(Exception):
    """Billing gave no answer: it is down, unreachable or too slow. The same call may be sent again later."""


class BillingRefused(Exception):
    """Billing refused the call as wrong. Sending it again changes nothing: this is a mistake to be mended in the app or its settings."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"billing refused: {code}: {detail}")
        self.status = status
        self.code = code


@dataclass(frozen=True)
class UsageCall:
    """A call that reports usage. It can be kept and sent again, with the same effect once."""

    path: str
    body: dict[str, Any]


# How long one try may take.
TIMEOUT_SECONDS = int(os.environ.get("MCP_BILLING_TIMEOUT_MS", "2000")) / 1000
# Waits before the second and the third try. Every try sends the same idempotency key, so it can never charge twice.
PAUSES_SECONDS = (0.1, 0.4)
# However long Retry-After asks: your own user is waiting.
LONGEST_PAUSE_SECONDS = 2.0
WORTH_A_RETRY = frozenset({429, 502, 503, 504})
{{#top_ups}}
WANT_OF_CREDIT = frozenset({"insufficient_balance", "spending_cap_reached"})
{{/top_ups}}


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SystemExit(
            f"Set the environment variable {name}: the app cannot bill without it."
            " A key is made with: mcp-billing keys create --name my-app"
        )
    return value


_url = _required("MCP_BILLING_URL").rstrip("/")
# The key goes into one header and nowhere else: no message and no log holds it.
_headers = {"Authorization": f"Bearer {_required('MCP_BILLING_KEY')}", "Content-Type": "application/json"}
if os.environ.get("APP_ENV") in ("production", "staging", "development", "test"):
    _headers["X-Billing-Environment"] = os.environ["APP_ENV"]


def authorize(customer_id: str, event: UsageEvent, idempotency_key: str, ttl_seconds: int) -> dict[str, Any]:
    """Asks whether a customer may use so much and sets it aside. A denial is an answer (allowed is False), not an error."""
    return _ask(customer_id, {"event": event, "ttl_seconds": str(ttl_seconds), "idempotency_key": idempotency_key})


def check(customer_id: str, asset: str, idempotency_key: str) -> dict[str, Any]:
    """Asks whether a customer is in good standing: not frozen and owing nothing. Sets nothing aside."""
    return _ask(customer_id, {"asset": asset, "amount": "0", "idempotency_key": idempotency_key})


def _ask(customer_id: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = _post("/v1/usage/authorize", {"customer_id": customer_id, **body})
{{#top_ups}}
    if not answer["allowed"] and not answer["replayed"] and answer.get("reason") in WANT_OF_CREDIT:
        back = os.environ.get("MCP_BILLING_RETURN_URL")
        link = {"customer_id": customer_id, **({"return_url": back} if back else {})}
        try:
            # Where the customer can pay: a link into their portal that works once, for ten minutes.
            answer["top_up_url"] = _post("/v1/portal-sessions", link)["url"]
        except (BillingUnavailable, BillingRefused) as failure:
            # The denial stands, without a link.
            logging.getLogger(__name__).error("%s", failure)
{{/top_ups}}
    return answer


def extend_hold(hold_id: str, ttl_seconds: int, idempotency_key: str) -> None:
    """Gives an open hold more time. Refused (hold_already_captured, hold_already_voided, hold_expired) once it has ended."""
    _post(f"{_hold(hold_id)}/extend", {"ttl_seconds": str(ttl_seconds), "idempotency_key": idempotency_key})


def void_hold(hold_id: str, idempotency_key: str) -> None:
    """Nothing was used: releases all that was set aside."""
    _post(f"{_hold(hold_id)}/void", {"idempotency_key": idempotency_key})


def capture_call(hold_id: str, event: dict[str, Any], final: bool) -> UsageCall:
    """Charges what was really used of a hold; final releases the rest. Work that outlived its hold is charged all the same."""
    body = {"event": event, "final": final, "allow_expired": True, "idempotency_key": event["id"]}
    return UsageCall(f"{_hold(hold_id)}/capture", body)


def record_call(customer_id: str, event: dict[str, Any]) -> UsageCall:
    """Charges usage that has happened, without a hold. Credit that is missing becomes debt: usage is never lost."""
    return UsageCall("/v1/usage", {"customer_id": customer_id, **event})


def send(call: UsageCall) -> dict[str, Any]:
    return _post(call.path, call.body)


def _hold(hold_id: str) -> str:
    return f"/v1/holds/{urllib.parse.quote(hold_id, safe='')}"


def _post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(_url + path, json.dumps(body).encode(), _headers, method="POST")
    for pause in (*PAUSES_SECONDS, None):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as failure:
            problem, wait = f"HTTP {failure.code}", _retry_after(failure)
            if failure.code < 500 and failure.code not in WORTH_A_RETRY:
                raise _refused(failure) from None
            if failure.code not in WORTH_A_RETRY:
                raise BillingUnavailable(f"billing gave no answer ({problem})") from None
        except (OSError, http.client.HTTPException, ValueError) as failure:
            # Nobody there, no answer in time, or an answer that broke off.
            problem, wait = type(failure).__name__, 0.0
        if pause is not None:
            time.sleep(max(pause, min(wait, LONGEST_PAUSE_SECONDS)))
    raise BillingUnavailable(f"billing gave no answer ({problem})")


def _retry_after(failure: urllib.error.HTTPError) -> float:
    text = failure.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0


def _refused(failure: urllib.error.HTTPError) -> BillingRefused:
    try:
        problem = json.load(failure)
    except (OSError, http.client.HTTPException, ValueError):
        problem = {}
    return BillingRefused(failure.code, problem.get("code", f"http_{failure.code}"), problem.get("detail", "no detail"))
