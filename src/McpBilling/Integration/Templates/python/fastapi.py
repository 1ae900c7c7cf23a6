"""Billing for FastAPI: answers 402, 503 and 409 by itself."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import TypeVar

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from .billed import BilledRequest, Meter, PaymentRequired, billed, log
from .client import BillingRefused, BillingUnavailable, Subject, UsageEvent

T = TypeVar("T")


def install(app: FastAPI) -> None:
    """Teaches the app what to answer when billing says no. Call it once."""

    @app.exception_handler(PaymentRequired)
    async def payment_required(_: Request, failure: PaymentRequired) -> JSONResponse:
        return JSONResponse(failure.body(), 402)

    @app.exception_handler(BillingUnavailable)
    async def unavailable(_: Request, failure: BillingUnavailable) -> JSONResponse:
        log.error("%s", failure)
        return JSONResponse({"error": "billing_unavailable"}, 503, headers={"Retry-After": "5"})

    @app.exception_handler(BillingRefused)
    async def refused(_: Request, failure: BillingRefused) -> JSONResponse:
        # A mistake of the app, such as one request id for different work. Never retried.
        log.error("%s", failure)
        return JSONResponse({"error": failure.code}, 409 if failure.code == "idempotency_conflict" else 500)


async def billed_route(
    request: Request,
    customer_id: str,
    estimate: UsageEvent,
    work: Callable[[Meter], T],
    subject: Subject | None = None,
    feature: str | None = None,
) -> T:
    """Does a route's work when billing allows it. Await it in the route, after your own authentication and checks.

    work is an ordinary function; it runs in a thread, so that it may block.
    """
    # The browser makes one id per click and sends it again on a retry. Without one, a lost answer could be charged twice.
    request_id = request.headers.get("x-request-id") or str(uuid.uuid4())
    billing = BilledRequest(customer_id, request_id, estimate, subject, feature)
    return (await asyncio.to_thread(billed, billing, work)).result
