package billing

import (
	"encoding/json"
	"log"
	"time"
)

// ProviderAnswer is what the provider answered, without its text: the figures that it bills you by.
type ProviderAnswer struct {
	// Provider is openai, anthropic, google, aws ...
	Provider string
	// API is what answered: openai.chat, openai.responses, anthropic.messages, gemini.generateContent, bedrock.converse ...
	API   string
	Model string
	// Usage is the usage part of the answer as it came (anything that becomes its JSON); of a stream, the last.
	Usage any
	// ID is the answer's own id: it is then booked once, whoever else reports it.
	ID string
	// ServiceTier that served it, where the answer says so outside its usage (OpenAI's service_tier).
	ServiceTier string
	// Attempt counts from 1, where your code asks again: every attempt is billed, so report each.
	Attempt int
	// Outcome is succeeded, failed (you could not use it) or aborted (a stream that was broken off). All may be billed.
	Outcome string
	// RequestedAt is now when it is not set.
	RequestedAt time.Time
}

// CostOwner says whose call it was.
type CostOwner struct {
	CustomerID, RequestID string
	Subject               *Subject
	Feature               string
}

// ReportCost tells billing what a model's call cost you: it keeps the cost in the outbox, which sends it within seconds. It never fails: your user's
// answer does not depend on it.
func ReportCost(owner CostOwner, answer ProviderAnswer) {
	now := time.Now().UTC()
	if answer.RequestedAt.IsZero() {
		answer.RequestedAt = now
	}
	id := randomKey()
	if answer.ID != "" {
		id = answer.Provider + ":" + answer.ID
	}
	body := map[string]any{
		"id":           id,
		"customer_id":  owner.CustomerID,
		"provider":     answer.Provider,
		"api":          answer.API,
		"model":        answer.Model,
		"usage":        answer.Usage,
		"requested_at": answer.RequestedAt.UTC().Format(time.RFC3339Nano),
		"completed_at": now.Format(time.RFC3339Nano),
		"operation_id": owner.RequestID,
	}
	if answer.Attempt > 0 {
		body["attempt"] = answer.Attempt
	}
	if answer.Outcome != "" {
		body["outcome"] = answer.Outcome
	}
	if answer.ServiceTier != "" {
		body["price_context"] = map[string]string{"service_tier": answer.ServiceTier}
	}
	if owner.Subject != nil {
		body["subject"] = owner.Subject
	}
	if owner.Feature != "" {
		body["feature"] = owner.Feature
	}
	text, err := json.Marshal(body)
	if err == nil {
		err = keep(owner.CustomerID, "cost:"+id, UsageCall{Path: "/v1/costs/llm", Body: text})
	}
	if err != nil {
		log.Printf("billing: a cost is lost: %v", err)
	}
}
