package main

import (
	"context"

	"app/billing"
)

func unit(n int64) billing.UsageEvent {
	return billing.TokensUsed(billing.TokenUse{Model: "small", OutputTokens: n * 100})[0]
}

func call(ctx context.Context, request billing.BilledRequest, a asked) (billing.Result, error) {
	llm := billing.LLMRequest{CustomerID: request.CustomerID, RequestID: request.RequestID, Model: "small", Prompt: "hi", MaxOutputTokens: a.Estimate * 100, Subject: request.Subject}
	return billing.BilledCall(ctx, llm, func(context.Context) (billing.TokenUse, error) {
		used := a.Estimate
		if len(a.Used) > 0 {
			used = 0
		}
		for _, n := range a.Used {
			used += n
		}
		return billing.TokenUse{Model: "small", OutputTokens: used * 100}, work(asked{Fail: a.Fail}, nil)
	})
}
