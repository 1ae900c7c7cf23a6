package billing

import (
	"context"
	"time"
)

// TokenUse is what the provider reported of one call.
type TokenUse struct {
	Model        string
	InputTokens  int64
	OutputTokens int64
	// Properties are further facts that your prices look at.
	Properties map[string]any
}

// TokensUsed is the usage of one call in the names of your catalog. Model and token counts always go along, for reports.
func TokensUsed(use TokenUse) []UsageEvent {
	events := []UsageEvent{
{{#parts}}
		{{call}},
{{/parts}}
	}
	for i := range events {
		facts := map[string]any{}
		for name, value := range use.Properties {
			facts[name] = value
		}
		facts["model"], facts["input_tokens"], facts["output_tokens"] = use.Model, use.InputTokens, use.OutputTokens
		for name, value := range events[i].Properties {
			facts[name] = value
		}
		events[i].Properties = facts
	}
	return events
}

// EstimateTokens counts about four characters a token: good enough to hold credit by, never charged. DECIDE: your provider's tokenizer is nearer.
func EstimateTokens(text string) int64 {
	return int64(len(text)/4) + 1
}

// LLMRequest is a model's call to be billed.
type LLMRequest struct {
	CustomerID, RequestID, Model string
	// Prompt is everything that is sent to the model.
	Prompt string
	// MaxOutputTokens is the bound that you give to the provider too, so that the hold is large enough.
	MaxOutputTokens int64
	Subject         *Subject
	Feature         string
	Properties      map[string]any
}

// BilledCall asks billing, calls the model, charges what the provider counted, and reports what that cost you. call answers with the usage that the
// provider reported, and that part of its answer. A stream is read to its end in there; with an error, what the answer says is reported as failed.
func BilledCall(ctx context.Context, request LLMRequest, call func(context.Context) (TokenUse, ProviderAnswer, error)) (Result, error) {
	expected := TokensUsed(TokenUse{request.Model, EstimateTokens(request.Prompt), request.MaxOutputTokens, request.Properties})
	billed := BilledRequest{
		CustomerID: request.CustomerID,
		RequestID:  request.RequestID,
		// The last event is the dearer one: one hold, by it.
		Estimate: expected[len(expected)-1],
		Subject:  request.Subject,
		Feature:  request.Feature,
	}
	return Billed(ctx, billed, func(ctx context.Context, used Meter) error {
		started := time.Now()
		use, answer, err := call(ctx)
		if answer.RequestedAt.IsZero() {
			answer.RequestedAt = started
		}
		if err != nil && answer.Outcome == "" {
			answer.Outcome = "failed"
		}
		// It cost you, also when the call or the charge fails. An error before any answer says nothing.
		if answer.Usage != nil {
			ReportCost(CostOwner{request.CustomerID, request.RequestID, request.Subject, request.Feature}, answer)
		}
		if err != nil {
			return err
		}
		if use.Properties == nil {
			use.Properties = request.Properties
		}
		for _, event := range TokensUsed(use) {
			if err := used(event); err != nil {
				return err
			}
		}
		return nil
	})
}
