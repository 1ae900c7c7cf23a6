"""Tells billing what a model's call cost you: beside the charge, and never in its way."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .client import Subject, UsageCall
from .outbox import keep

log = logging.getLogger("billing")


@dataclass(frozen=True)
class ProviderAnswer:
    """What the provider answered, without its text: the figures that it bills you by."""

    provider: str
    """openai, anthropic, google, aws ..."""
    api: str
    """What answered: openai.chat, openai.responses, anthropic.messages, gemini.generateContent, bedrock.converse ..."""
    model: str
    usage: dict[str, Any]
    """The usage part of the answer as it came (model_dump() of the SDK's object); of a stream, the last."""
    id: str | None = None
    """The answer's own id: it is then booked once, whoever else reports it."""
    service_tier: str | None = None
    """The tier that served it, where the answer says so outside its usage (OpenAI's service_tier)."""
    attempt: int = 1
    """From 1, where your code asks again: every attempt is billed, so report each."""
    outcome: str = "succeeded"
    """failed: you could not use it; aborted: a stream that was broken off. Both may be billed."""
    requested_at: datetime | None = None
    """With its zone; None means now."""


def report_cost(
    customer_id: str, request_id: str, answer: ProviderAnswer, subject: Subject | None = None, feature: str | None = None
) -> None:
    """Keeps the cost of one call in the outbox, which sends it within seconds. Never fails: your user's answer does not depend on it."""
    now = datetime.now(timezone.utc)
    cost_id = f"{answer.provider}:{answer.id}" if answer.id else str(uuid.uuid4())
    body = {
        "id": cost_id,
        "customer_id": customer_id,
        "provider": answer.provider,
        "api": answer.api,
        "model": answer.model,
        "usage": answer.usage,
        "requested_at": (answer.requested_at or now).isoformat(),
        "completed_at": now.isoformat(),
        "operation_id": request_id,
        "attempt": answer.attempt,
        "outcome": answer.outcome,
        "price_context": {"service_tier": answer.service_tier} if answer.service_tier else None,
        "subject": subject or None,
        "feature": feature or None,
    }
    try:
        call = UsageCall("/v1/costs/llm", {name: value for name, value in body.items() if value is not None})
        keep(customer_id, f"cost:{cost_id}", call)
    except Exception:  # whatever is wrong with it, the work is done
        log.exception("billing: a cost is lost")
