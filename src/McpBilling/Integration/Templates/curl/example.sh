#!/usr/bin/env bash
# How billing is called. Run it once: bash billing/example.sh CUSTOMER_ID REQUEST_ID
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/billing.sh"

work() {
  : # Your work goes here.
}

billing_flush
billed "${1:?CUSTOMER_ID}" "${2:?REQUEST_ID}" "{{first_call}}" work
code=$?
case $code in
  0) echo "charged: $billing_answer" ;;
  "$BILLING_DENIED") echo "denied: $(json_field reason) $(json_field shortfall)" ;;
  "$BILLING_UNAVAILABLE") echo "billing gave no answer; nothing was done" ;;
  "$BILLING_REFUSED") echo "refused: $(json_field code)" ;;
esac
exit "$code"
