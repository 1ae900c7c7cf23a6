"""Usage that happened while billing could not be reached: one file per report, sent again until billing has it.

The file's name comes from the report's own id, so the same report is kept, and charged, once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import uuid
from pathlib import Path

from .client import BillingRefused, BillingUnavailable, UsageCall, send

log = logging.getLogger("billing")

# DECIDE: this folder must outlive a restart of the app. On a host without a disk of its own, mount one and name it here.
_folder = Path(os.environ.get("MCP_BILLING_OUTBOX") or "billing-outbox")
EVERY_SECONDS = 5.0

_sending = threading.Lock()


def keep(customer_id: str, event_id: str, call: UsageCall) -> None:
    """Keeps a report on disk until billing has it."""
    _folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(f"{customer_id}\n{event_id}".encode()).hexdigest()
    draft = _folder / f"{name}.{uuid.uuid4().hex}.draft"
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"path": call.path, "body": call.body}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(_folder / f"{name}.json")


def flush() -> None:
    """Sends what was kept. Runs by itself every few seconds; call it at the end of a short-lived process."""
    with _sending:
        for path in sorted(_folder.glob("*.json")):
            try:
                kept = json.loads(path.read_text(encoding="utf-8"))
                send(UsageCall(kept["path"], kept["body"]))
                path.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # another process has just sent it
            except BillingUnavailable:
                return
            except BillingRefused as failure:
                _set_aside(path, failure)


def _set_aside(path: Path, failure: BillingRefused) -> None:
    if failure.code == "idempotency_conflict":
        # An earlier try got through although its answer was lost: the event is charged already.
        path.unlink(missing_ok=True)
    elif failure.status in (401, 403):
        log.error("billing outbox: %s", failure)  # a wrong key: the next round sees
    else:
        # Nothing that happened is thrown away: mend the cause, then rename the file back.
        log.error("billing outbox: %s: %s", path, failure)
        path.replace(path.with_suffix(".refused"))


def _run() -> None:
    pause = threading.Event()
    while True:
        try:
            flush()
        except Exception:  # the loop must outlive a full disk or a broken file
            log.exception("billing outbox")
        pause.wait(EVERY_SECONDS)


threading.Thread(target=_run, name="billing-outbox", daemon=True).start()
