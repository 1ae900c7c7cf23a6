package main

import (
	"context"

	"app/billing"
)

func unit(n int64) billing.UsageEvent { return billing.ImageGenerated(billing.Whole(n)) }

func call(ctx context.Context, request billing.BilledRequest, a asked) (billing.Result, error) {
	return billing.Billed(ctx, request, func(_ context.Context, meter billing.Meter) error { return work(a, meter) })
}
