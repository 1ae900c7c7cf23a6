"""Billing for Flask: answers 402, 503 and 409 by itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, jsonify

from .billed import BilledRequest, Meter, PaymentRequired, billed, log
from .client import BillingRefused, BillingUnavailable, Subject, UsageEvent

T = TypeVar("T")


def install(app: Flask) -> None:
    """Teaches the app what to answer when billing says no. Call it once."""

    @app.errorhandler(PaymentRequired)
    def payment_required(failure: PaymentRequired) -> Any:
        return jsonify(failure.body()), 402

    @app.errorhandler(BillingUnavailable)
    def unavailable(failure: BillingUnavailable) -> Any:
        log.error("%s", failure)
        return jsonify(error="billing_unavailable"), 503, {"Retry-After": "5"}

    @app.errorhandler(BillingRefused)
    def refused(failure: BillingRefused) -> Any:
        # A mistake of the app, such as one request id for different work. Never retried.
        log.error("%s", failure)
        return jsonify(error=failure.code), 409 if failure.code == "idempotency_conflict" else 500


def billed_route(
    request: Request,
    customer_id: str,
    estimate: UsageEvent,
    work: Callable[[Meter], T],
    subject: Subject | None = None,
    feature: str | None = None,
) -> T:
    """Does a route's work when billing allows it. Call it in the route, after your own authentication and checks."""
    # The browser makes one id per click and sends it again on a retry. Without one, a lost answer could be charged twice.
    request_id = request.headers.get("x-request-id") or str(uuid.uuid4())
    return billed(BilledRequest(customer_id, request_id, estimate, subject, feature), work).result
