"""Billing for this app, by McpBilling. Generated for catalog version {{catalog_version}}; when the catalog changes, generate it again."""

from .billed import Billed, BilledRequest, Meter, PaymentRequired, billed
from .client import BillingRefused, BillingUnavailable, Subject, UsageEvent
from .outbox import flush

__all__ = [
    "Billed",
    "BilledRequest",
    "BillingRefused",
    "BillingUnavailable",
    "Meter",
    "PaymentRequired",
    "Subject",
    "UsageEvent",
    "billed",
    "flush",
]
