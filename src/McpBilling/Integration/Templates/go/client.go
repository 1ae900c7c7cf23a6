// Package billing bills the work of this app with McpBilling. It needs Go 1.19 or newer, and no dependency.
//
// Call Start once when the app starts, then Billed around each piece of work.
package billing

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
{{#top_ups}}
	"log"
{{/top_ups}}
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Decimal is a number as text, such as "0.5": money never goes through floating point.
type Decimal string

// Whole is a whole number as a Decimal.
func Whole(n int64) Decimal { return Decimal(strconv.FormatInt(n, 10)) }

// UsageEvent is what was, or is expected to be, used. The functions in events.go make it.
type UsageEvent struct {
	EventType  string         `json:"event_type"`
	Quantity   Decimal        `json:"quantity,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`
}

func (e *UsageEvent) set(name string, value any) {
	if e.Properties == nil {
		e.Properties = map[string]any{}
	}
	if number, ok := value.(Decimal); ok {
		value = json.Number(number)
	}
	e.Properties[name] = value
}

// Subject says who and what inside your customer's own business the usage belongs to.
type Subject struct {
	EndUser string `json:"end_user,omitempty"`
	Session string `json:"session,omitempty"`
	Task    string `json:"task,omitempty"`
}

// RecordedEvent is a usage event as it is recorded. Its ID is your request's id, so that it is charged once however often it is sent.
type RecordedEvent struct {
	ID string `json:"id"`
	UsageEvent
	Timestamp string   `json:"timestamp,omitempty"`
	Subject   *Subject `json:"subject,omitempty"`
	Feature   string   `json:"feature,omitempty"`
}

// AssetAmount is so much of an asset.
type AssetAmount struct {
	Asset  string `json:"asset"`
	Amount string `json:"amount"`
}

// Authorization is billing's answer to whether a customer may use so much. A denial is an answer, not an error.
type Authorization struct {
	Allowed   bool          `json:"allowed"`
	HoldID    string        `json:"hold_id"`
	Available []AssetAmount `json:"available"`
	// Reason is insufficient_balance, customer_frozen, spending_cap_reached or not_entitled.
	Reason    string `json:"reason"`
	Shortfall string `json:"shortfall"`
	TopUpURL  string `json:"top_up_url"`
	Replayed  bool   `json:"replayed"`
}

// Charge is what an event was charged at one price.
type Charge struct {
	Product  string `json:"product"`
	Price    string `json:"price"`
	Asset    string `json:"asset"`
	Quantity string `json:"quantity"`
	Amount   string `json:"amount"`
}

// Receipt is billing's answer to reported usage.
type Receipt struct {
	Charges  []Charge `json:"charges"`
	Warnings []string `json:"warnings"`
	Replayed bool     `json:"replayed"`
}

// ErrUnavailable means that billing gave no answer: it is down, unreachable or too slow. The same call may be sent again later.
var ErrUnavailable = errors.New("billing gave no answer")

// RefusedError means that billing refused a call as wrong. Sending it again changes nothing: this is a mistake to be mended in the app or its settings.
type RefusedError struct {
	Status int
	Code   string
	Detail string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("billing refused: %s: %s", e.Code, e.Detail)
}

// UsageCall reports usage. It can be kept and sent again, with the same effect once.
type UsageCall struct {
	Path string          `json:"path"`
	Body json.RawMessage `json:"body"`
}

// However long Retry-After asks: your own user is waiting.
const longestPause = 2 * time.Second

// Waits before the second and the third try. Every try sends the same idempotency key, so it can never charge twice.
var pauses = []time.Duration{100 * time.Millisecond, 400 * time.Millisecond}

var (
	baseURL = strings.TrimRight(required("MCP_BILLING_URL"), "/")
	// The key goes into one header and nowhere else: no message and no log holds it.
	apiKey      = required("MCP_BILLING_KEY")
	environment = knownEnvironment(os.Getenv("APP_ENV"))
	client      = &http.Client{Timeout: timeoutOr(2 * time.Second)}
)

func required(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fmt.Fprintf(os.Stderr, "Set the environment variable %s: the app cannot bill without it. A key is made with: mcp-billing keys create --name my-app\n", name)
		os.Exit(1)
	}
	return value
}

// timeoutOr is how long one try may take.
func timeoutOr(standard time.Duration) time.Duration {
	if ms, err := strconv.Atoi(os.Getenv("MCP_BILLING_TIMEOUT_MS")); err == nil && ms > 0 {
		return time.Duration(ms) * time.Millisecond
	}
	return standard
}

func knownEnvironment(name string) string {
	switch name {
	case "production", "staging", "development", "test":
		return name
	}
	return ""
}

// authorize asks whether a customer may use so much and sets it aside.
func authorize(ctx context.Context, customerID string, event UsageEvent, key string, ttlSeconds int) (Authorization, error) {
	return ask(ctx, customerID, map[string]any{
		"customer_id":     customerID,
		"event":           event,
		"ttl_seconds":     strconv.Itoa(ttlSeconds),
		"idempotency_key": key,
	})
}

// check asks whether a customer is in good standing: not frozen and owing nothing. It sets nothing aside.
func check(ctx context.Context, customerID, asset, key string) (Authorization, error) {
	return ask(ctx, customerID, map[string]any{
		"customer_id":     customerID,
		"asset":           asset,
		"amount":          "0",
		"idempotency_key": key,
	})
}

func ask(ctx context.Context, customerID string, body map[string]any) (Authorization, error) {
	answer, err := post[Authorization](ctx, "/v1/usage/authorize", body)
{{#top_ups}}
	if err == nil && !answer.Allowed && !answer.Replayed && (answer.Reason == "insufficient_balance" || answer.Reason == "spending_cap_reached") {
		link := map[string]any{"customer_id": customerID}
		if back := os.Getenv("MCP_BILLING_RETURN_URL"); back != "" {
			link["return_url"] = back
		}
		// Where the customer can pay: a link into their portal that works once, for ten minutes.
		made, failed := post[struct {
			URL string `json:"url"`
		}](ctx, "/v1/portal-sessions", link)
		if failed == nil {
			answer.TopUpURL = made.URL
		} else {
			log.Print(failed) // the denial stands, without a link
		}
	}
{{/top_ups}}
	return answer, err
}

// extendHold gives an open hold more time. It is refused (hold_already_captured, hold_already_voided, hold_expired) once the hold has ended.
func extendHold(ctx context.Context, holdID string, ttlSeconds int, key string) error {
	_, err := post[struct{}](ctx, holdPath(holdID)+"/extend", map[string]any{"ttl_seconds": strconv.Itoa(ttlSeconds), "idempotency_key": key})
	return err
}

// voidHold says that nothing was used: all that was set aside is released.
func voidHold(ctx context.Context, holdID, key string) error {
	_, err := post[struct{}](ctx, holdPath(holdID)+"/void", map[string]any{"idempotency_key": key})
	return err
}

// captureCall charges what was really used of a hold; final releases the rest. Work that outlived its hold is charged all the same.
func captureCall(holdID string, event RecordedEvent, final bool) (UsageCall, error) {
	body, err := json.Marshal(map[string]any{"event": event, "final": final, "allow_expired": true, "idempotency_key": event.ID})
	return UsageCall{Path: holdPath(holdID) + "/capture", Body: body}, err
}

// recordCall charges usage that has happened, without a hold. Credit that is missing becomes debt: usage is never lost.
func recordCall(customerID string, event RecordedEvent) (UsageCall, error) {
	body, err := json.Marshal(struct {
		CustomerID string `json:"customer_id"`
		RecordedEvent
	}{customerID, event})
	return UsageCall{Path: "/v1/usage", Body: body}, err
}

func send(ctx context.Context, call UsageCall) (Receipt, error) {
	return post[Receipt](ctx, call.Path, call.Body)
}

func holdPath(holdID string) string { return "/v1/holds/" + url.PathEscape(holdID) }

func post[T any](ctx context.Context, path string, body any) (T, error) {
	var answer T
	text, err := json.Marshal(body)
	if err != nil {
		return answer, err
	}
	for attempt := 0; ; attempt++ {
		wait, err := once(ctx, path, text, &answer)
		if err == nil || !errors.Is(err, ErrUnavailable) || wait < 0 || attempt == len(pauses) {
			return answer, err
		}
		if wait < pauses[attempt] {
			wait = pauses[attempt]
		}
		select {
		case <-ctx.Done():
			return answer, fmt.Errorf("%w: %v", ErrUnavailable, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// once is one try: nil, a *RefusedError, or ErrUnavailable with how long to wait before the next try; below zero, not to try again.
func once(ctx context.Context, path string, text []byte, answer any) (time.Duration, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, baseURL+path, bytes.NewReader(text))
	if err != nil {
		return -1, err
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	if environment != "" {
		request.Header.Set("X-Billing-Environment", environment)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("%w (not reachable or timed out)", ErrUnavailable)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		// An answer that broke off is an answer that was lost.
		return 0, fmt.Errorf("%w (the answer broke off)", ErrUnavailable)
	}
	switch status := response.StatusCode; {
	case status < 300:
		if json.Unmarshal(body, answer) != nil {
			return 0, fmt.Errorf("%w (the answer is not JSON)", ErrUnavailable)
		}
		return 0, nil
	case status == 429 || status == 502 || status == 503 || status == 504:
		return retryAfter(response), fmt.Errorf("%w (HTTP %d)", ErrUnavailable, status)
	case status >= 500:
		return -1, fmt.Errorf("%w (HTTP %d)", ErrUnavailable, status)
	default:
		refused := &RefusedError{Status: status, Code: fmt.Sprintf("http_%d", status), Detail: "no detail"}
		var problem struct{ Code, Detail string }
		if json.Unmarshal(body, &problem) == nil && problem.Code != "" {
			refused.Code, refused.Detail = problem.Code, problem.Detail
		}
		return -1, refused
	}
}

func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	if wait := time.Duration(seconds) * time.Second; wait < longestPause {
		return wait
	}
	return longestPause
}
