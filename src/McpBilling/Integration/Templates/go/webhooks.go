package billing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const webhookTolerance = 300 * time.Second

// WebhookMessage is what billing tells by itself: balances that run low, holds that expired, payments. A message may come twice: remember its ID, and
// do nothing the second time.
type WebhookMessage struct {
	ID string `json:"id"`
	// Such as balance.low, hold.expired or top_up.paid; ignore those that you do not know.
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Mode      string    `json:"mode"`
	// Your own id of whom it is about; empty when it is about no customer.
	CustomerID string          `json:"customer_id"`
	Data       json.RawMessage `json:"data"`
}

// ErrWebhookRefused says that a webhook is not from billing, was changed on its way, or is too old: answer 400.
var ErrWebhookRefused = errors.New("billing: the webhook is refused")

// ReadWebhook verifies the signature (Standard Webhooks, by MCP_BILLING_WEBHOOK_SECRET) and reads the message. body is as it came:
// io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)). Answer 2xx before you begin long work: what is not answered in 15 seconds is sent again.
func ReadWebhook(header http.Header, body []byte) (WebhookMessage, error) {
	var message WebhookMessage
	secret := os.Getenv("MCP_BILLING_WEBHOOK_SECRET")
	if secret == "" {
		return message, errors.New("MCP_BILLING_WEBHOOK_SECRET is not set: it is answered once, when the webhook endpoint is created")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return message, fmt.Errorf("MCP_BILLING_WEBHOOK_SECRET is not a secret of billing: %w", err)
	}
	id, timestamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	age := time.Since(time.Unix(seconds, 0))
	if err != nil || age > webhookTolerance || age < -webhookTolerance {
		return message, fmt.Errorf("%w: it is too old, or has no time", ErrWebhookRefused)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	// There are two while a secret replaces another.
	for _, signature := range strings.Split(header.Get("Webhook-Signature"), " ") {
		if hmac.Equal([]byte(signature), expected) {
			return message, json.Unmarshal(body, &message)
		}
	}
	return message, fmt.Errorf("%w: no signature is right", ErrWebhookRefused)
}
