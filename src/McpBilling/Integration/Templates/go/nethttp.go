package billing

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
)

// Handler is a route whose work is billed; mount it behind your own authentication. It answers 402, 503 and 409 by itself.
//
// describe says who pays and what is expected; an error of it answers 400, before billing is asked. work does the work and returns what is sent
// as JSON; it may report what was really used to the meter.
func Handler(describe func(*http.Request) (BilledRequest, error), work func(context.Context, *http.Request, Meter) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := describe(r)
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
			return
		}
		// The browser makes one id per click and sends it again on a retry. Without one, a lost answer could be charged twice.
		if request.RequestID == "" {
			request.RequestID = r.Header.Get("X-Request-Id")
		}
		if request.RequestID == "" {
			request.RequestID = randomKey()
		}
		var result any
		_, err = Billed(r.Context(), request, func(ctx context.Context, meter Meter) (err error) {
			result, err = work(ctx, r, meter)
			return err
		})
		var denied *PaymentRequiredError
		var refused *RefusedError
		switch {
		case err == nil:
			answer(w, http.StatusOK, result)
		case errors.As(err, &denied):
			denial := denied.Denial
			answer(w, http.StatusPaymentRequired, struct {
				Error     string        `json:"error"`
				Reason    string        `json:"reason,omitempty"`
				Shortfall string        `json:"shortfall,omitempty"`
				Available []AssetAmount `json:"available"`
				TopUpURL  string        `json:"top_up_url,omitempty"`
			}{"payment_required", denial.Reason, denial.Shortfall, denial.Available, denial.TopUpURL})
		case errors.Is(err, ErrUnavailable):
			log.Print(err)
			w.Header().Set("Retry-After", "5")
			answer(w, http.StatusServiceUnavailable, map[string]any{"error": "billing_unavailable"})
		case errors.As(err, &refused):
			// A mistake of the app, such as one request id for different work. Never retried.
			log.Print(err)
			status := http.StatusInternalServerError
			if refused.Code == "idempotency_conflict" {
				status = http.StatusConflict
			}
			answer(w, status, map[string]any{"error": refused.Code})
		default:
			log.Print(err)
			answer(w, http.StatusBadGateway, map[string]any{"error": "the work failed"})
		}
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err) // the caller has gone
	}
}
