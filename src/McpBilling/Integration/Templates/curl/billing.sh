# shellcheck shell=bash
# Bills the work of bash scripts with McpBilling. Needs bash, curl and coreutils. Source it: source billing/billing.sh
# Generated for catalog version {{catalog_version}}; when the catalog changes, generate it again.

: "${MCP_BILLING_URL:?is not set: the script cannot bill without it}"
: "${MCP_BILLING_KEY:?is not set: make a key with: mcp-billing keys create --name my-script}"

# DECIDE: this folder must outlive a restart. Usage that could not be told waits there; billing_flush sends it.
BILLING_OUTBOX=${MCP_BILLING_OUTBOX:-billing-outbox}

# How long one try may take, in seconds.
BILLING_TIMEOUT=$(printf '%d.%03d' $((${MCP_BILLING_TIMEOUT_MS:-2000} / 1000)) $((${MCP_BILLING_TIMEOUT_MS:-2000} % 1000)))

# What billed and the functions below return.
BILLING_DENIED=42      # the customer may not use this now; billing_answer says why
BILLING_UNAVAILABLE=43 # billing gave no answer: it is down, unreachable or too slow
BILLING_REFUSED=44     # a mistake of the script, such as one request id for different work; billing_answer says which

# The last answer of billing, as JSON.
billing_answer=

# --- Your event types. Each function prints an event; decimals are text such as 0.5.
{{#events}}

{{#notes}}
# {{comment}}
{{/notes}}
# usage: {{name}}{{#quantity}} QUANTITY{{/quantity}}{{#properties}} {{upper}}{{/properties}}
{{#properties}}
#   {{upper}}: {{what}}
{{/properties}}
{{name}}() {
{{#has_use}}
  local{{#quantity}} {{quantity_name}}=$1{{/quantity}}{{#properties}} {{name}}=${{position}}{{/properties}}
{{/has_use}}
{{#has_properties}}
  local properties
  properties=$(json_object{{#properties}} {{key}} "{{value}}"{{/properties}}) || return
{{/has_properties}}
  printf '{"event_type":%s{{#quantity}},"quantity":"%s"{{/quantity}}{{#has_properties}},"properties":%s{{/has_properties}}}' "$(json_text {{literal}})"{{#quantity}} "$(json_decimal "${{quantity_name}}")"{{/quantity}}{{#has_properties}} "$properties"{{/has_properties}}
}
{{/events}}

# --- Calls. Each returns 0, BILLING_UNAVAILABLE or BILLING_REFUSED and leaves its answer in billing_answer.

# Asks whether a customer may use so much and sets it aside: CUSTOMER_ID EVENT IDEMPOTENCY_KEY TTL_SECONDS
billing_authorize() {
  billing_post /v1/usage/authorize "{\"customer_id\":$(json_text "$1"),\"event\":$2,\"ttl_seconds\":\"$4\",\"idempotency_key\":$(json_text "$3")}"
}

# Asks whether a customer is in good standing, not frozen and owing nothing; sets nothing aside: CUSTOMER_ID ASSET IDEMPOTENCY_KEY
billing_check() {
  billing_post /v1/usage/authorize "{\"customer_id\":$(json_text "$1"),\"asset\":$(json_text "$2"),\"amount\":\"0\",\"idempotency_key\":$(json_text "$3")}"
}

# Gives an open hold more time: HOLD_ID TTL_SECONDS IDEMPOTENCY_KEY
billing_extend() {
  billing_post "/v1/holds/$1/extend" "{\"ttl_seconds\":\"$2\",\"idempotency_key\":$(json_text "$3")}"
}

# Charges what was really used of a hold: HOLD_ID RECORDED_EVENT FINAL IDEMPOTENCY_KEY. Work that outlived its hold is charged all the same.
billing_capture() {
  billing_post "/v1/holds/$1/capture" "$(capture_body "$2" "$3" "$4")"
}

# Nothing was used, all is released: HOLD_ID
billing_void() {
  billing_post "/v1/holds/$1/void" "{\"idempotency_key\":$(json_text "$1:void")}"
}

# Charges usage that has happened, without a hold: CUSTOMER_ID RECORDED_EVENT. Credit that is missing becomes debt: usage is never lost.
billing_record() {
  billing_post /v1/usage "$(record_body "$1" "$2")"
}

# Sends what waits in the outbox. Call it at the start of a script, or from cron.
billing_flush() {
  local file
  for file in "$BILLING_OUTBOX"/*.json; do
    [ -e "$file" ] || return 0
    billing_post "$(head -n 1 "$file")" "$(tail -n +2 "$file")"
    case $? in
      0) rm -f "$file" ;;
      "$BILLING_UNAVAILABLE") return "$BILLING_UNAVAILABLE" ;;
      *)
        case $(json_field code) in
          # An earlier try got through although its answer was lost: the event is charged already.
          idempotency_conflict) rm -f "$file" ;;
          # A wrong key: the next round sees.
          unauthenticated | key_expired | forbidden) return "$BILLING_REFUSED" ;;
          # Nothing that happened is thrown away: mend the cause, then rename the file back.
          *) mv -f "$file" "$file.refused" && echo "billing outbox: $file: $(json_field code)" >&2 ;;
        esac
        ;;
    esac
  done
}

# --- The order of the calls.

# Does the work only when billing allows it, and charges what it used.
# usage: billed CUSTOMER_ID REQUEST_ID ESTIMATE COMMAND...
#   CUSTOMER_ID  your own id of whoever pays
#   REQUEST_ID   your id of this piece of work; the same work asked for again must have the same id: it is then charged once
#   ESTIMATE     an event as printed by the functions above; it is what is charged when the command reports nothing else
#   COMMAND      a function or program; it may call used EVENT to report what was really used
# Who used it: BILLING_END_USER, BILLING_SESSION, BILLING_TASK. Returns the command's own status when it fails; then nothing is charged.
{{#open}}
# Without billing the work is done all the same, and its usage is charged once billing_flush reaches it: you carry the risk until then.
{{/open}}
{{#closed}}
# Without billing nothing is done (BILLING_UNAVAILABLE).
{{/closed}}
{{#record_after}}
# Before the work only the customer's standing is asked: what is used beyond the credit becomes debt, and who owes may not start again.
{{/record_after}}
billed() {
  local customer=$1 request=$2 estimate=$3 status event count=0 last reports{{#hold}} hold={{/hold}}
  shift 3
  {{#hold}}billing_begin{{/hold}}{{#record_after}}billing_ask{{/record_after}} || return
  reports=$(mktemp) || return
  "$@"
  status=$?
{{#streaming}}
  if [ "$status" != 0 ] && [ ! -s "$reports" ]; then
    rm -f "$reports"
    billing_release
    return "$status"
  fi
  # What was delivered before a failure is owed.
  [ -s "$reports" ] || printf '%s\n' "$estimate" > "$reports"
  count=$(grep -c '' "$reports")
  event=$(tail -n 1 "$reports")
  rm -f "$reports"
  billing_report "$(billing_event_id "$count")" "$event" true || return
  return "$status"
}

# Charges a part that has been delivered: EVENT. Report every few seconds, not every token: each report is one call.
used() {
  local count
  count=$(grep -c '' "$reports")
  # The newest report is kept back until the next one comes, since only the last one ends the hold.
  [ "$count" = 0 ] || billing_report "$(billing_event_id "$count")" "$(tail -n 1 "$reports")" false || return
  printf '%s\n' "$1" >> "$reports"
}
{{/streaming}}
{{^streaming}}
  if [ "$status" != 0 ]; then
    # Work that failed costs nothing. DECIDE: if your provider charges you for failed calls, charge what was used here instead.
    rm -f "$reports"
{{#hold}}
    billing_release
{{/hold}}
    return "$status"
  fi
  [ -s "$reports" ] || printf '%s\n' "$estimate" > "$reports"
  last=$(grep -c '' "$reports")
  while IFS= read -r event; do
    count=$((count + 1))
    billing_report "$(billing_event_id "$count")" "$event" "$([ "$count" = "$last" ] && echo true || echo false)" || { status=$?; break; }
  done < "$reports"
  rm -f "$reports"
  return "$status"
}

# Reports what the work really used, in place of the estimate: EVENT. Called several times, each report is charged.
used() {
  printf '%s\n' "$1" >> "$reports"
}
{{/streaming}}
{{#llm}}

# The events of one call of a language model, one a line: MODEL INPUT_TOKENS OUTPUT_TOKENS, as the provider reported them.
tokens_used() {
  local model=$1 input_tokens=$2 output_tokens=$3 event properties facts
  facts="\"model\":$(json_text "$model"),\"input_tokens\":$(json_decimal "$input_tokens"),\"output_tokens\":$(json_decimal "$output_tokens")"
  for event in{{#parts}} "{{call}}"{{/parts}}; do
    # Model and token counts always go along, for reports; what the catalog names comes last and so counts.
    case $event in
      *'"properties":{'*) properties=${event#*\"properties\":\{} && event=${event%,\"properties\":*} ;;
      *) properties='}}' ;;
    esac
    printf '%s,"properties":%s}\n' "${event%\}}" "$(json_merge "$facts" "${properties%\}\}}")"
  done
}

# About four characters a token: good enough to hold credit by, never charged: TEXT
estimate_tokens() {
  echo $((${#1} / 4 + 1))
}

# Asks billing, calls the model, and charges what the provider counted.
# usage: billed_call CUSTOMER_ID REQUEST_ID MODEL PROMPT MAX_OUTPUT_TOKENS COMMAND...
#   COMMAND calls the model, and then: used_tokens MODEL INPUT_TOKENS OUTPUT_TOKENS
#   and: call_cost, for what it cost you
billed_call() {
  local payer=$1 id=$2 estimate_event call_began
  call_began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  # The last event is the dearer one: one hold, by it.
  estimate_event=$(tokens_used "$3" "$(estimate_tokens "$4")" "$5" | tail -n 1) || return
  shift 5
  billed "$payer" "$id" "$estimate_event" "$@"
}

used_tokens() {
  tokens_used "$@" >> "$reports"
}

# Tells billing what the call cost you, beside the charge: PROVIDER API MODEL USAGE [ANSWER_ID] [OUTCOME] [ATTEMPT]. Call it also when the call failed after an answer.
#   API      what answered: openai.chat, openai.responses, anthropic.messages, gemini.generateContent, bedrock.converse ...
#   USAGE    the usage part of the answer as its JSON came, in one line; no text of the answer
#   OUTCOME  succeeded, failed or aborted; every ATTEMPT, from 1, is billed
# The cost is kept in the outbox, from where billing_flush sends it. It never fails: the work does not depend on it.
call_cost() {
  local id usage=${4//$'\n'/ }
  id=$([ -n "${5:-}" ] && echo "$1:$5" || random_key)
  billing_keep "cost:$id" /v1/costs/llm "$(recorded_event "$id" "{\"customer_id\":$(json_text "$customer"),\"provider\":$(json_text "$1"),\"api\":$(json_text "$2"),\"model\":$(json_text "$3"),\"usage\":$usage,\"requested_at\":\"$call_began\",\"operation_id\":$(json_text "$request"),\"outcome\":$(json_text "${6:-succeeded}"),\"attempt\":${7:-1}}" '')" \
    || echo "billing: a cost is lost" >&2
  return 0
}
{{/llm}}

# --- How it is done. Variables of billed (customer, request, estimate, hold) are seen here.

# One event per report, each with an id that a repetition of the request makes again.
billing_event_id() {
  [ "$1" = 1 ] && echo "$request" || echo "$request:$1"
}

{{#hold}}
# Leaves the id of an open hold in hold{{#open}}; empty when billing cannot be asked{{/open}}.
billing_begin() {
  local n key code
  for n in 1 2 3 4 5 6 7 8; do
    # Never made of the clock or of chance: a request that comes again meets its own hold.
    key=$request
    [ "$n" = 1 ] || key="$request~$n"
    billing_authorize "$customer" "$estimate" "$key" {{ttl}}
    code=$?
{{#open}}
    if [ "$code" = "$BILLING_UNAVAILABLE" ]; then
      echo "billing gave no answer: working without an authorization" >&2
      return 0
    fi
{{/open}}
    [ "$code" = 0 ] || return "$code"
    if [ "$(json_field allowed)" = true ]; then
      hold=$(json_field hold_id)
      [ "$(json_field replayed)" = true ] || return 0
      billing_still_counts && return 0
    elif [ "$(json_field replayed)" != true ]; then
{{#top_ups}}
      billing_top_up "$customer"
{{/top_ups}}
      break
    fi
    # An answer of an earlier try: the customer may have topped up since, or that try may have failed and released its hold.
  done
  return "$BILLING_DENIED"
}

# Whether a hold of an earlier try is open, or was captured: then the capture to come is the same again and charges nothing.
billing_still_counts() {
  billing_extend "$hold" {{ttl}} "$(random_key)" || [ "$(json_field code)" = hold_already_captured ]
}

# If this cannot be told, the hold ends by itself: the customer's credit is late, never lost.
billing_release() {
{{#open}}
  [ -z "$hold" ] && return 0
{{/open}}
  billing_void "$hold" || true
}
{{/hold}}
{{#record_after}}
billing_ask() {
  local code
  # A question that sets nothing aside: each one is asked anew, so its key may be random.
  billing_check "$customer" {{asset}} "$(random_key)"
  code=$?
{{#open}}
  if [ "$code" = "$BILLING_UNAVAILABLE" ]; then
    echo "billing gave no answer: working without one" >&2
    return 0
  fi
{{/open}}
  [ "$code" = 0 ] || return "$code"
{{#top_ups}}
  [ "$(json_field allowed)" = true ] || billing_top_up "$customer"
{{/top_ups}}
  [ "$(json_field allowed)" = true ] || return "$BILLING_DENIED"
}
{{/record_after}}
{{#top_ups}}

# Adds to a denial for want of credit a link into the customer's portal, where they can pay. It works once, for ten minutes: CUSTOMER_ID
billing_top_up() {
  local denial=$billing_answer
  case $(json_field reason) in
    insufficient_balance | spending_cap_reached) ;;
    *) return 0 ;;
  esac
  if billing_post /v1/portal-sessions "{\"customer_id\":$(json_text "$1")${MCP_BILLING_RETURN_URL:+,\"return_url\":$(json_text "$MCP_BILLING_RETURN_URL")}}"; then
    billing_answer="${denial%\}},\"top_up_url\":$(json_text "$(json_field url)")}"
  else
    # The denial stands, without a link.
    billing_answer=$denial
  fi
}
{{/top_ups}}

# Reports one event: EVENT_ID EVENT FINAL. What billing cannot be told now is kept.
billing_report() {
  local code event
  event=$(recorded_event "$1" "$2" '')
{{#hold}}
{{#open}}
  if [ -z "$hold" ]; then
    billing_record "$customer" "$event"
  else
    billing_capture "$hold" "$event" "$3" "$1"
  fi
{{/open}}
{{#closed}}
  billing_capture "$hold" "$event" "$3" "$1"
{{/closed}}
{{/hold}}
{{#record_after}}
  billing_record "$customer" "$event"
{{/record_after}}
  code=$?
  if [ "$code" = "$BILLING_UNAVAILABLE" ]; then
    # It happened, so it is kept, with its own time. (The time is not in the first try: a request that comes again must send the same.)
    event=$(recorded_event "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%SZ)")
{{#hold}}
{{#open}}
    if [ -z "$hold" ]; then
      billing_keep "$1" /v1/usage "$(record_body "$customer" "$event")"
      return
    fi
{{/open}}
    billing_keep "$1" "/v1/holds/$hold/capture" "$(capture_body "$event" "$3" "$1")"
{{/hold}}
{{#record_after}}
    billing_keep "$1" /v1/usage "$(record_body "$customer" "$event")"
{{/record_after}}
    return
  fi
{{#hold}}
  if [ "$code" = "$BILLING_REFUSED" ] && [ "$(json_field code)" = hold_already_voided ]; then
    # Somebody released the hold meanwhile. The usage happened all the same.
    billing_record "$customer" "$event"
    return
  fi
  if [ "$code" != 0 ]; then
    local answer=$billing_answer
    billing_release
    billing_answer=$answer
  fi
{{/hold}}
  return "$code"
}

# Keeps a report on disk until billing has it: EVENT_ID PATH BODY. The file's name comes from the event's id, so the same report is kept once.
billing_keep() {
  local name draft
  mkdir -p "$BILLING_OUTBOX" || return
  name=$(printf '%s\n%s' "$customer" "$1" | sha256sum | cut -d ' ' -f 1)
  draft=$(mktemp "$BILLING_OUTBOX/$name.XXXXXX.draft") || return
  printf '%s\n%s\n' "$2" "$3" > "$draft" && sync "$draft" && mv -f "$draft" "$BILLING_OUTBOX/$name.json"
}

# One call: PATH BODY. Up to three tries with the same idempotency key, so it can never charge twice.
billing_post() {
  local pause status headers wait
  headers=$(mktemp) || return
  for pause in 0.1 0.4 ''; do
    # The key goes into one header, by way of a file descriptor: no argument list, no message and no log holds it.
    billing_answer=$(printf '%s' "$2" | curl --silent --max-time "$BILLING_TIMEOUT" --dump-header "$headers" --write-out '\n%{http_code}' --data-binary @- \
      --header 'Content-Type: application/json' --config <(billing_headers) "${MCP_BILLING_URL%/}$1")
    if [ $? != 0 ]; then
      status=000 # nobody there, no answer in time, or an answer that broke off
    else
      status=${billing_answer##*$'\n'}
    fi
    billing_answer=${billing_answer%$'\n'*}
    case $status in
      2*)
        rm -f "$headers"
        return 0
        ;;
      000 | 429 | 502 | 503 | 504) ;;
      5*) break ;;
      *)
        rm -f "$headers"
        return "$BILLING_REFUSED"
        ;;
    esac
    if [ -n "$pause" ]; then
      # However long Retry-After asks, at most 2 seconds: somebody is waiting.
      wait=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9][0-9]*\).*/\1/p' "$headers" | tail -n 1)
      [ "$status" = 000 ] && wait=
      sleep "$([ "${wait:-0}" -gt 2 ] && echo 2 || { [ "${wait:-0}" -gt 0 ] && echo "$wait" || echo "$pause"; })"
    fi
  done
  rm -f "$headers"
  return "$BILLING_UNAVAILABLE"
}

billing_headers() {
  printf 'header = "Authorization: Bearer %s"\n' "$MCP_BILLING_KEY"
  case ${APP_ENV:-} in
    production | staging | development | test) printf 'header = "X-Billing-Environment: %s"\n' "$APP_ENV" ;;
  esac
}

capture_body() {
  printf '{"event":%s,"final":%s,"allow_expired":true,"idempotency_key":%s}' "$1" "$2" "$(json_text "$3")"
}

record_body() {
  printf '{"customer_id":%s,%s' "$(json_text "$1")" "${2#\{}"
}

# An event with its id, who used it, and when: EVENT_ID EVENT TIMESTAMP
recorded_event() {
  local subject='' name value
  for name in end_user session task; do
    value=BILLING_${name^^}
    [ -z "${!value:-}" ] || subject="$subject,\"$name\":$(json_text "${!value}")"
  done
  printf '{"id":%s,' "$(json_text "$1")"
  [ -z "$subject" ] || printf '"subject":{%s},' "${subject#,}"
  [ -z "$3" ] || printf '"timestamp":"%s",' "$3"
  printf '%s' "${2#\{}"
}

# A field of the last answer: text, true or false.
json_field() {
  grep -o "\"$1\":\(\"[^\"]*\"\|true\|false\)" <<< "$billing_answer" | head -n 1 | sed 's/^[^:]*://; s/^"//; s/"$//'
}

json_text() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  printf '"%s"' "$(printf '%s' "$text" | LC_ALL=C tr -d '\000-\037')"
}

# Money never goes through floating point: only what is a decimal as it stands.
json_decimal() {
  if [[ ! $1 =~ ^[0-9]+(\.[0-9]+)?$ ]]; then
    echo "billing: \"$1\" is not a decimal such as 0.5" >&2
    return 1
  fi
  printf '%s' "$1"
}

{{#any_properties}}
# NAME VALUE..., each value as JSON.
json_object() {
  local object=''
  while [ $# -gt 0 ]; do
    object="$object,$(json_text "$1"):$2"
    shift 2
  done
  printf '{%s}' "${object#,}"
}

{{/any_properties}}
{{#llm}}
# Two lists of flat members; a name of the second replaces that of the first.
json_merge() {
  local merged=$2 member
  while IFS= read -r member; do
    [[ ,$2 == *,"${member%%:*}":* ]] || merged="$merged,$member"
  done <<< "${1//,\"/$'\n'\"}"
  printf '{%s}' "${merged#,}"
}

{{/llm}}
random_key() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}
