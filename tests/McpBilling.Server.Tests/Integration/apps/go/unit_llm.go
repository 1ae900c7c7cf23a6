package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"app/billing"
)

var answers int64

func unit(n int64) billing.UsageEvent {
	return billing.TokensUsed(billing.TokenUse{Model: "small", OutputTokens: n * 100})[0]
}

func call(ctx context.Context, request billing.BilledRequest, a asked) (billing.Result, error) {
	llm := billing.LLMRequest{CustomerID: request.CustomerID, RequestID: request.RequestID, Model: "small", Prompt: "hi", MaxOutputTokens: a.Estimate * 100, Subject: request.Subject}
	return billing.BilledCall(ctx, llm, func(context.Context) (billing.TokenUse, billing.ProviderAnswer, error) {
		used := a.Estimate
		if len(a.Used) > 0 {
			used = 0
		}
		for _, n := range a.Used {
			used += n
		}
		if err := work(asked{Fail: a.Fail}, nil); err != nil {
			return billing.TokenUse{}, billing.ProviderAnswer{}, err
		}
		return billing.TokenUse{Model: "small", OutputTokens: used * 100}, billing.ProviderAnswer{
			Provider: "openai", API: "openai.chat", Model: "gpt-4o", ID: fmt.Sprintf("answer-%d", atomic.AddInt64(&answers, 1)),
			Usage: map[string]int64{"prompt_tokens": 10, "completion_tokens": used * 100},
		}, nil
	})
}
