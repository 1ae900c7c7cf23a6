"""Bills a call of a language model: authorized by an estimate, charged by the tokens that the provider reports.

What it cost you is reported beside the charge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TypeVar

from . import events
from .billed import Billed, BilledRequest, Meter, billed
from .client import Subject, UsageEvent
from .cost import ProviderAnswer, report_cost

T = TypeVar("T")
Facts = dict[str, str | int | float | bool]


@dataclass(frozen=True)
class TokenUse:
    model: str
    input_tokens: int
    output_tokens: int
    properties: Facts = field(default_factory=dict)
    """Further facts that your prices look at."""


@dataclass(frozen=True)
class LlmRequest:
    customer_id: str
    request_id: str
    model: str
    prompt: str
    """Everything that is sent to the model."""
    max_output_tokens: int
    """The bound that you give to the provider too, so that the hold is large enough."""
    subject: Subject | None = None
    feature: str | None = None
    properties: Facts = field(default_factory=dict)


def tokens_used(use: TokenUse) -> list[UsageEvent]:
    """The usage of one call in the names of your catalog. Model and token counts always go along, for reports."""
    facts: Facts = {
        **use.properties,
        "model": use.model,
        "input_tokens": use.input_tokens,
        "output_tokens": use.output_tokens,
    }
    used: list[UsageEvent] = [
{{#parts}}
        events.{{call}},
{{/parts}}
    ]
    return [{**event, "properties": {**facts, **event.get("properties", {})}} for event in used]


def estimate_tokens(text: str) -> int:
    """About four characters a token: good enough to hold credit by, never charged. DECIDE: your provider's tokenizer is nearer."""
    return max(1, -(-len(text) // 4))


def billed_call(request: LlmRequest, call: Callable[[], tuple[T, TokenUse, ProviderAnswer]]) -> Billed[T]:
    """Asks billing, calls the model, charges what the provider counted, and reports what that cost you.

    call calls the model and answers with its result, the usage that the provider reported, and that part of its answer. A stream is read to its end
    in there; one that breaks off is told with report_cost (outcome aborted) before you raise.
    """
    expected = tokens_used(
        TokenUse(request.model, estimate_tokens(request.prompt), request.max_output_tokens, request.properties)
    )

    def work(meter: Meter) -> T:
        started = datetime.now(timezone.utc)
        result, use, answer = call()
        # It cost you, also when the charge fails.
        told = answer if answer.requested_at else replace(answer, requested_at=started)
        report_cost(request.customer_id, request.request_id, told, request.subject, request.feature)
        for event in tokens_used(
            TokenUse(use.model, use.input_tokens, use.output_tokens, {**request.properties, **use.properties})
        ):
            meter.used(event)
        return result

    # The last event is the dearer one: one hold, by it.
    billed_request = BilledRequest(
        request.customer_id, request.request_id, expected[-1], subject=request.subject, feature=request.feature
    )
    return billed(billed_request, work)
