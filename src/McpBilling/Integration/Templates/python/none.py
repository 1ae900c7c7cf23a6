"""How billing is called. Run it once: python -m billing.example CUSTOMER_ID REQUEST_ID"""

import sys

from . import BilledRequest, Meter, PaymentRequired, billed
from .events import {{first_name}}


def work(meter: Meter) -> None:
    """Your work goes here."""


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python -m billing.example CUSTOMER_ID REQUEST_ID")
    try:
        done = billed(BilledRequest(sys.argv[1], sys.argv[2], {{first_call}}), work)
        print("charged later" if done.pending else done.charges)
    except PaymentRequired as denied:
        print("denied:", denied.denial.get("reason"), denied.denial.get("shortfall", ""))
