# What your catalog (version {{catalog_version}}) bills: one function per event type. Generated; when the catalog changes, generate it again.

from __future__ import annotations

{{#any_number}}
import re
{{/any_number}}
{{#any_decimal}}
from decimal import Decimal
{{/any_decimal}}

from .client import UsageEvent

{{#any_decimal}}
Number = int | str | Decimal

{{/any_decimal}}
# The products these events are charged for.
PRODUCTS = (
{{#products}}
    {{literal}},
{{/products}}
)

{{#events}}

{{#notes}}
# {{comment}}
{{/notes}}
def {{name}}(
{{#has_use}}
    *,
{{/has_use}}
{{#quantity}}
    {{quantity_name}}: Number,  # {{what}}
{{/quantity}}
{{#properties}}
    {{name}}: {{type}},  # {{what}}
{{/properties}}
) -> UsageEvent:
    return {
        "event_type": {{literal}},
{{#quantity}}
        "quantity": decimal_text({{quantity_name}}),
{{/quantity}}
{{#has_properties}}
        "properties": {
{{#properties}}
            {{key}}: {{value}},
{{/properties}}
        },
{{/has_properties}}
    }

{{/events}}
{{#any_decimal}}

def decimal_text(value: Number) -> str:
    """Money never goes through floating point: send 0.5 as "0.5" or Decimal("0.5")."""
    if isinstance(value, (bool, float)):
        raise TypeError(f"{value!r} is not a decimal; send an int, a Decimal, or text such as '0.5'")
    number = Decimal(value)
    if not number.is_finite() or number < 0:
        raise ValueError(f"{value!r} is not a quantity")
    return format(number, "f")
{{/any_decimal}}
{{#any_number}}


def plain_number(value: int | float) -> int | float:
    """What JSON writes with an exponent, or not at all, is not what was meant."""
    if isinstance(value, bool) or not re.fullmatch(r"\d+(\.\d+)?", repr(value)):
        raise ValueError(f"{value!r} is not a plain number")
    return value
{{/any_number}}
