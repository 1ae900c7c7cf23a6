{{#hold}}
"""Bills a piece of work: ask before it, charge what it used, release everything when it failed."""
{{/hold}}
{{#record_after}}
"""Bills a piece of work after it is done.

Before it, only the customer's standing is asked: what is used beyond the credit becomes debt, and who owes may not start again.
Where that is too much trust, generate the style authorize_capture.
"""
{{/record_after}}

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Generic, TypeVar

{{#hold}}
from .client import (
    BillingRefused,
    BillingUnavailable,
    Subject,
    UsageCall,
    UsageEvent,
    authorize,
    capture_call,
    extend_hold,
    record_call,
    send,
    void_hold,
)
{{/hold}}
{{#record_after}}
from .client import BillingUnavailable, Subject, UsageEvent, check, record_call, send
{{/record_after}}
from .outbox import keep

log = logging.getLogger("billing")

T = TypeVar("T")


@dataclass(frozen=True)
class BilledRequest:
    customer_id: str
    """Your app's own id of whoever pays."""
    request_id: str
    """Your id of this piece of work, at most 200 characters. The same work asked for again must have the same id: it is then charged once."""
    estimate: UsageEvent
    """What the work is expected to use; it is what is charged when the work reports nothing else."""
    subject: Subject | None = None
    """Who inside the customer's business used it, in which session, for which task."""
    feature: str | None = None
    """The feature of your app that was used, for reports."""


@dataclass(frozen=True)
class Meter:
    """Given to the work, to report what it really used."""

    used: Callable[[UsageEvent], None]
{{#streaming}}
    """Charges a part that has been delivered. Report every few seconds, not every token: each report is one call."""
{{/streaming}}
{{^streaming}}
    """Replaces the estimate. Called several times, each report is charged."""
{{/streaming}}


@dataclass
class Billed(Generic[T]):
    result: T
    charges: list[dict[str, Any]] = field(default_factory=list)
    pending: bool = False
    """Some of the usage waits in the outbox until billing can be reached: charges is incomplete."""


class PaymentRequired(Exception):
    """The customer may not use this now. Show them why, and where to top up; nothing was done and nothing is held."""

    def __init__(self, denial: dict[str, Any]) -> None:
        super().__init__(denial.get("reason", "denied"))
        self.denial = denial

    def body(self) -> dict[str, Any]:
        """What your user may see of it, as JSON."""
        shown = ("reason", "shortfall", "available", "top_up_url")
        return {"error": "payment_required", **{name: self.denial[name] for name in shown if name in self.denial}}


{{#hold}}
# How long the work may take before its hold ends by itself (at most 86400).
HOLD_SECONDS = {{ttl}}
# One id asked for again and again: its earlier holds have ended, so each gets a new one.
MOST_HOLDS = 8
{{/hold}}
{{#record_after}}
# What the customer's standing is asked in.
ASSET = {{asset}}
{{/record_after}}


def billed(request: BilledRequest, work: Callable[[Meter], T]) -> Billed[T]:
    """Does the work only when billing allows it, and charges what it used.

{{#closed}}
    Raises PaymentRequired (answer 402), BillingUnavailable when billing cannot be asked, the work is then not done (answer 503),
{{/closed}}
{{#open}}
    Without billing the work is done all the same, and its usage is charged once billing is back: you carry the risk until then.
    Raises PaymentRequired (answer 402)
{{/open}}
    and BillingRefused for a mistake of the app, such as one request_id for different work (idempotency_conflict).
    """
{{#hold}}
    hold = _begin(request)
    report = _Report(request, hold)
{{/hold}}
{{#record_after}}
    _begin(request)
    report = _Report(request)
{{/record_after}}
{{#streaming}}
    try:
        result = work(Meter(report.part))
    except BaseException:
        if report.count == 0:
            _release(hold)
        else:
            # What was delivered before the failure is owed.
            try:
                report.finish()
            except BillingRefused as refused:
                log.error("%s", refused)
        raise
    if report.count == 0:
        report.part(request.estimate)
{{/streaming}}
{{^streaming}}
    used: list[UsageEvent] = []
{{#hold}}
    try:
        result = work(Meter(used.append))
    except BaseException:
        # Work that failed costs nothing. DECIDE: if your provider charges you for failed calls, charge what was used here instead.
        _release(hold)
        raise
{{/hold}}
{{#record_after}}
    # Work that fails costs nothing: nothing is recorded.
    result = work(Meter(used.append))
{{/record_after}}
    for event in used or [request.estimate]:
        report.part(event)
{{/streaming}}
    report.finish()
    return Billed(result, report.charges, report.pending)


{{#hold}}
{{#open}}
def _begin(request: BilledRequest) -> str | None:
    """The id of an open hold; None when billing cannot be asked."""
    try:
        return _open_hold(request)
    except BillingUnavailable as failure:
        log.error("%s: working without an authorization", failure)
        return None


def _open_hold(request: BilledRequest) -> str:
{{/open}}
{{#closed}}
def _begin(request: BilledRequest) -> str:
    """The id of an open hold."""
{{/closed}}
    for n in range(1, MOST_HOLDS + 1):
        # Never made of the clock or of chance: a request that comes again meets its own hold.
        key = request.request_id if n == 1 else f"{request.request_id}~{n}"
        answer = authorize(request.customer_id, request.estimate, key, HOLD_SECONDS)
        if answer["allowed"] and (not answer["replayed"] or _still_counts(answer["hold_id"])):
            return answer["hold_id"]
        if not answer["replayed"]:
            break
        # An answer of an earlier try: the customer may have topped up since, or that try may have failed and released its hold.
    raise PaymentRequired({**answer, "allowed": False})


def _still_counts(hold_id: str) -> bool:
    """Whether a hold of an earlier try is open, or was captured: then the capture to come is the same again and charges nothing."""
    try:
        extend_hold(hold_id, HOLD_SECONDS, str(uuid.uuid4()))
    except BillingRefused as refused:
        return refused.code == "hold_already_captured"
    return True


def _release(hold: str{{#open}} | None{{/open}}) -> None:
{{#open}}
    if hold is None:
        return
{{/open}}
    try:
        void_hold(hold, f"{hold}:void")
    except (BillingUnavailable, BillingRefused):
        pass  # the hold ends by itself: the customer's credit is late, never lost
{{/hold}}
{{#record_after}}
def _begin(request: BilledRequest) -> None:
{{#open}}
    try:
        answer = check(request.customer_id, ASSET, str(uuid.uuid4()))
    except BillingUnavailable as failure:
        log.error("%s: working without an answer", failure)
        return
{{/open}}
{{#closed}}
    # A question that sets nothing aside: each one is asked anew, so its key may be random.
    answer = check(request.customer_id, ASSET, str(uuid.uuid4()))
{{/closed}}
    if not answer["allowed"]:
        raise PaymentRequired(answer)
{{/record_after}}


class _Report:
    """The reports of one request. The newest is kept back until the next one comes{{#hold}}, since only the last one ends the hold{{/hold}}."""

    def __init__(self, request: BilledRequest{{#hold}}, hold: str{{#open}} | None{{/open}}{{/hold}}) -> None:
        self.charges: list[dict[str, Any]] = []
        self.pending = False
        self.count = 0
        self._newest: dict[str, Any] | None = None
        self._request = request
{{#hold}}
        self._hold = hold
{{/hold}}

    def part(self, event: UsageEvent) -> None:
        self._report({{#hold}}final=False{{/hold}})
        self.count += 1
        request = self._request
        # One event per report, each with an id that a repetition of the request makes again.
        event_id = request.request_id if self.count == 1 else f"{request.request_id}:{self.count}"
        self._newest = {"id": event_id, **event}
        if request.subject:
            self._newest["subject"] = request.subject
        if request.feature:
            self._newest["feature"] = request.feature

    def finish(self) -> None:
        self._report({{#hold}}final=True{{/hold}})

    def _report(self{{#hold}}, final: bool{{/hold}}) -> None:
        event, self._newest = self._newest, None
        if event is None:
            return
        try:
            self.charges += send({{#hold}}self._call(event, final){{/hold}}{{#record_after}}record_call(self._request.customer_id, event){{/record_after}})["charges"]
        except BillingUnavailable:
            # It happened, so it is kept, with its own time. (The time is not in the first try: a request that comes again must send the same.)
            dated = {**event, "timestamp": datetime.now(timezone.utc).isoformat()}
            keep(self._request.customer_id, event["id"], {{#hold}}self._call(dated, final){{/hold}}{{#record_after}}record_call(self._request.customer_id, dated){{/record_after}})
            self.pending = True
{{#hold}}
        except BillingRefused as refused:
            if refused.code != "hold_already_voided":
                _release(self._hold)
                raise
            # Somebody released the hold meanwhile. The usage happened all the same.
            self.charges += send(record_call(self._request.customer_id, event))["charges"]

    def _call(self, event: dict[str, Any], final: bool) -> UsageCall:
{{#open}}
        if self._hold is None:
            return record_call(self._request.customer_id, event)
{{/open}}
        return capture_call(self._hold, event, final)
{{/hold}}
