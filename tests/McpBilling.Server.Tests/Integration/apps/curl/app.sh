#!/usr/bin/env bash
# One request of a builder's script: ESTIMATE FAIL USED...; the exit code says what came of it. WORKED is a file with a line for each time work began.
set -uo pipefail
source ./billing/billing.sh

estimate=$1 fail=$2
shift 2

unit() {
  if [ "$STYLE" = llm ]; then tokens_used small 0 $(($1 * 100)); else event_image_generated "$1"; fi
}

work() {
  echo worked >> "$WORKED"
  local n tokens=0
  for n in "$@"; do
    tokens=$((tokens + n * 100))
    if [ "$STYLE" = llm ]; then used_tokens small 0 $((n * 100)); else used "$(unit "$n")"; fi
  done
  [ "$fail" = false ] || return
  if [ "$STYLE" = llm ]; then call_cost openai openai.chat gpt-4o "{\"prompt_tokens\":10,\"completion_tokens\":$tokens}" "answer-$(grep -c '' "$WORKED")"; fi
}

billing_flush
if [ "$STYLE" = llm ]; then
  [ $# -gt 0 ] || set -- "$estimate"
  billed_call "$CUSTOMER" "$REQUEST" small hi $((estimate * 100)) work "$@"
else
  billed "$CUSTOMER" "$REQUEST" "$(unit "$estimate")" work "$@"
fi
code=$?
echo "$billing_answer"
exit "$code"
