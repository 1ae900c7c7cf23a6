package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync/atomic"

	"app/billing"
)

type asked struct {
	Estimate int64   `json:"estimate"`
	Used     []int64 `json:"used"`
	Fail     bool    `json:"fail"`
}

var worked int64

func work(a asked, meter billing.Meter) error {
	atomic.AddInt64(&worked, 1)
	for _, n := range a.Used {
		if err := meter(unit(n)); err != nil {
			return err
		}
	}
	if a.Fail {
		return errors.New("the work failed")
	}
	return nil
}

func who(r *http.Request, a asked) billing.BilledRequest {
	return billing.BilledRequest{
		CustomerID: r.Header.Get("X-Customer"),
		RequestID:  r.Header.Get("X-Request-Id"),
		Estimate:   unit(a.Estimate),
		Subject:    &billing.Subject{EndUser: r.Header.Get("X-End-User"), Session: r.Header.Get("X-Session"), Task: r.Header.Get("X-Task")},
	}
}

func none(w http.ResponseWriter, r *http.Request) {
	var a asked
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	result, err := call(r.Context(), who(r, a), a)
	status, body := http.StatusOK, map[string]any{"done": true, "pending": result.Pending, "charges": result.Charges}
	var denied *billing.PaymentRequiredError
	var refused *billing.RefusedError
	switch {
	case errors.As(err, &denied):
		status, body = http.StatusPaymentRequired, map[string]any{"reason": denied.Denial.Reason, "shortfall": denied.Denial.Shortfall, "top_up_url": denied.Denial.TopUpURL}
	case errors.Is(err, billing.ErrUnavailable):
		status, body = http.StatusServiceUnavailable, map[string]any{"error": err.Error()}
	case errors.As(err, &refused):
		status, body = http.StatusConflict, map[string]any{"error": refused.Code}
	case err != nil:
		status, body = http.StatusInternalServerError, map[string]any{"error": err.Error()}
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

type keyOfAsked struct{}

func main() {
	billing.Start()
	http.HandleFunc("/none", none)
	nethttp := billing.Handler(
		func(r *http.Request) (billing.BilledRequest, error) {
			return who(r, r.Context().Value(keyOfAsked{}).(asked)), nil
		},
		func(_ context.Context, r *http.Request, meter billing.Meter) (any, error) {
			return map[string]any{"done": true}, work(r.Context().Value(keyOfAsked{}).(asked), meter)
		})
	http.HandleFunc("/nethttp", func(w http.ResponseWriter, r *http.Request) {
		var a asked
		if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		nethttp.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), keyOfAsked{}, a)))
	})
	http.HandleFunc("/worked", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, atomic.LoadInt64(&worked)) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("app listens on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
