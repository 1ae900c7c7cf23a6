package billing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
{{#logs}}
	"log"
{{/logs}}
	"time"
)

// BilledRequest says who pays for which piece of work.
type BilledRequest struct {
	// CustomerID is your app's own id of whoever pays.
	CustomerID string
	// RequestID is your id of this piece of work, at most 200 characters. The same work asked for again must have the same id: it is then charged once.
	RequestID string
	// Estimate is what the work is expected to use; it is what is charged when the work reports nothing else.
	Estimate UsageEvent
	// Subject says who inside the customer's business used it, in which session, for which task.
	Subject *Subject
	// Feature of your app that was used, for reports.
	Feature string
}

{{#streaming}}
// Meter charges a part that has been delivered. Report every few seconds, not every token: each report is one call.
type Meter func(UsageEvent) error
{{/streaming}}
{{^streaming}}
// Meter reports what the work really used, in place of the estimate. Called several times, each report is charged.
type Meter func(UsageEvent) error
{{/streaming}}

// Result is what was charged.
type Result struct {
	Charges []Charge
	// Pending: some of the usage waits in the outbox until billing can be reached, so Charges is incomplete.
	Pending bool
}

// PaymentRequiredError means that the customer may not use this now. Show them why, and where to top up; nothing was done and nothing is held.
type PaymentRequiredError struct{ Denial Authorization }

func (e *PaymentRequiredError) Error() string { return "payment required: " + e.Denial.Reason }

{{#hold}}
const (
	// How long the work may take before its hold ends by itself (at most 86400).
	holdSeconds = {{ttl}}
	// One id asked for again and again: its earlier holds have ended, so each gets a new one.
	mostHolds = 8
)
{{/hold}}
{{#record_after}}
// What the customer's standing is asked in.
const standingAsset = {{asset}}
{{/record_after}}

{{#hold}}
// Billed does the work only when billing allows it, and charges what it used; it releases everything when the work failed.
{{/hold}}
{{#record_after}}
// Billed does the work and charges what it used. Before it, only the customer's standing is asked: what is used beyond the credit becomes debt,
// and who owes may not start again. Where that is too much trust, generate the style authorize_capture.
{{/record_after}}
//
{{#open}}
// Without billing the work is done all the same, and its usage is charged once billing is back: you carry the risk until then.
//
{{/open}}
// It fails with a *PaymentRequiredError (answer 402), {{#closed}}with ErrUnavailable when billing cannot be asked, the work is then not done (answer 503),
// {{/closed}}with a *RefusedError for a mistake of the app, such as one RequestID for different work (idempotency_conflict), or as the work does.
func Billed(ctx context.Context, request BilledRequest, work func(context.Context, Meter) error) (Result, error) {
{{#hold}}
	hold, err := begin(ctx, request)
	if err != nil {
		return Result{}, err
	}
	// What has begun is reported, even when the caller has gone.
	lasting := detached{ctx}
	report := &report{request: request, hold: hold}
{{/hold}}
{{#record_after}}
	if err := begin(ctx, request); err != nil {
		return Result{}, err
	}
	// What has begun is reported, even when the caller has gone.
	lasting := detached{ctx}
	report := &report{request: request}
{{/record_after}}
{{#streaming}}
	settled := false
	defer func() {
		if !settled && report.count == 0 {
			release(lasting, hold)
		}
	}()
	if err := work(ctx, func(event UsageEvent) error { return report.part(lasting, event) }); err != nil {
		if report.count > 0 {
			// What was delivered before the failure is owed.
			if other := report.finish(lasting); other != nil {
				log.Print(other)
			}
		}
		return report.result, err
	}
	settled = true
	if report.count == 0 {
		if err := report.part(lasting, request.Estimate); err != nil {
			return report.result, err
		}
	}
{{/streaming}}
{{^streaming}}
	var used []UsageEvent
{{#hold}}
	settled := false
	defer func() {
		// Work that failed costs nothing. DECIDE: if your provider charges you for failed calls, charge what was used here instead.
		if !settled {
			release(lasting, hold)
		}
	}()
{{/hold}}
	err{{#record_after}} :{{/record_after}}{{#hold}} {{/hold}}= work(ctx, func(event UsageEvent) error {
		used = append(used, event)
		return nil
	})
	if err != nil {
		return Result{}, err
	}
{{#hold}}
	settled = true
{{/hold}}
	if len(used) == 0 {
		used = []UsageEvent{request.Estimate}
	}
	for _, event := range used {
		if err := report.part(lasting, event); err != nil {
			return report.result, err
		}
	}
{{/streaming}}
	err = report.finish(lasting)
	return report.result, err
}

{{#hold}}
{{#open}}
// begin answers with the id of an open hold; "" when billing cannot be asked.
func begin(ctx context.Context, request BilledRequest) (string, error) {
	hold, err := openHold(ctx, request)
	if errors.Is(err, ErrUnavailable) {
		log.Printf("%v: working without an authorization", err)
		return "", nil
	}
	return hold, err
}

func openHold(ctx context.Context, request BilledRequest) (string, error) {
{{/open}}
{{#closed}}
// begin answers with the id of an open hold.
func begin(ctx context.Context, request BilledRequest) (string, error) {
{{/closed}}
	for n := 1; ; n++ {
		// Never made of the clock or of chance: a request that comes again meets its own hold.
		key := request.RequestID
		if n > 1 {
			key = fmt.Sprintf("%s~%d", key, n)
		}
		answer, err := authorize(ctx, request.CustomerID, request.Estimate, key, holdSeconds)
		if err != nil {
			return "", err
		}
		if answer.Allowed {
			counts := true
			if answer.Replayed {
				if counts, err = stillCounts(ctx, answer.HoldID); err != nil {
					return "", err
				}
			}
			if counts {
				return answer.HoldID, nil
			}
		}
		// An answer of an earlier try: the customer may have topped up since, or that try may have failed and released its hold.
		if !answer.Replayed || n == mostHolds {
			return "", &PaymentRequiredError{answer}
		}
	}
}

// stillCounts tells whether a hold of an earlier try is open, or was captured: then the capture to come is the same again and charges nothing.
func stillCounts(ctx context.Context, hold string) (bool, error) {
	err := extendHold(ctx, hold, holdSeconds, randomKey())
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused.Code == "hold_already_captured", nil
	}
	return err == nil, err
}

func release(ctx context.Context, hold string) {
{{#open}}
	if hold == "" {
		return
	}
{{/open}}
	// If this cannot be told, the hold ends by itself: the customer's credit is late, never lost.
	_ = voidHold(ctx, hold, hold+":void")
}
{{/hold}}
{{#record_after}}
func begin(ctx context.Context, request BilledRequest) error {
	// A question that sets nothing aside: each one is asked anew, so its key may be random.
	answer, err := check(ctx, request.CustomerID, standingAsset, randomKey())
{{#open}}
	if errors.Is(err, ErrUnavailable) {
		log.Printf("%v: working without an answer", err)
		return nil
	}
{{/open}}
	if err == nil && !answer.Allowed {
		err = &PaymentRequiredError{answer}
	}
	return err
}
{{/record_after}}

// report holds the reports of one request. The newest is kept back until the next one comes{{#hold}}, since only the last one ends the hold{{/hold}}.
type report struct {
	request BilledRequest
{{#hold}}
	hold    string
{{/hold}}
	newest  *RecordedEvent
	count   int
	result  Result
}

func (r *report) part(ctx context.Context, event UsageEvent) error {
	if err := r.send(ctx{{#hold}}, false{{/hold}}); err != nil {
		return err
	}
	r.count++
	// One event per report, each with an id that a repetition of the request makes again.
	id := r.request.RequestID
	if r.count > 1 {
		id = fmt.Sprintf("%s:%d", id, r.count)
	}
	r.newest = &RecordedEvent{ID: id, UsageEvent: event, Subject: r.request.Subject, Feature: r.request.Feature}
	return nil
}

func (r *report) finish(ctx context.Context) error { return r.send(ctx{{#hold}}, true{{/hold}}) }

func (r *report) send(ctx context.Context{{#hold}}, final bool{{/hold}}) error {
	if r.newest == nil {
		return nil
	}
	event := *r.newest
	r.newest = nil
	call, err := r.call(event{{#hold}}, final{{/hold}})
	if err != nil {
		return err
	}
	receipt, err := send(ctx, call)
	if errors.Is(err, ErrUnavailable) {
		// It happened, so it is kept, with its own time. (The time is not in the first try: a request that comes again must send the same.)
		event.Timestamp = time.Now().UTC().Format(time.RFC3339Nano)
		r.result.Pending = true
		if call, err = r.call(event{{#hold}}, final{{/hold}}); err != nil {
			return err
		}
		return keep(r.request.CustomerID, event.ID, call)
	}
{{#hold}}
	var refused *RefusedError
	if errors.As(err, &refused) && refused.Code == "hold_already_voided" {
		// Somebody released the hold meanwhile. The usage happened all the same.
		if call, err = recordCall(r.request.CustomerID, event); err == nil {
			receipt, err = send(ctx, call)
		}
	} else if err != nil {
		release(ctx, r.hold)
	}
{{/hold}}
	r.result.Charges = append(r.result.Charges, receipt.Charges...)
	return err
}

{{#hold}}
func (r *report) call(event RecordedEvent, final bool) (UsageCall, error) {
{{#open}}
	if r.hold == "" {
		return recordCall(r.request.CustomerID, event)
	}
{{/open}}
	return captureCall(r.hold, event, final)
}
{{/hold}}
{{#record_after}}
func (r *report) call(event RecordedEvent) (UsageCall, error) {
	return recordCall(r.request.CustomerID, event)
}
{{/record_after}}

// detached has its parent's values but outlives it.
type detached struct{ context.Context }

func (detached) Deadline() (time.Time, bool) { return time.Time{}, false }
func (detached) Done() <-chan struct{}       { return nil }
func (detached) Err() error                  { return nil }

func randomKey() string {
	var bytes [16]byte
	if _, err := rand.Read(bytes[:]); err != nil {
		panic(err) // the machine has no randomness: nothing else works either
	}
	return hex.EncodeToString(bytes[:])
}
