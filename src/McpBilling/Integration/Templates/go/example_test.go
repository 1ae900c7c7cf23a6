package billing

import (
	"context"
	"errors"
	"fmt"
)

func ExampleBilled() {
	Start()
	request := BilledRequest{CustomerID: "customer-1", RequestID: "request-1", Estimate: {{first_call}}}
	result, err := Billed(context.Background(), request, func(ctx context.Context, meter Meter) error {
		// Your work goes here.
		return nil
	})
	var denied *PaymentRequiredError
	switch {
	case errors.As(err, &denied):
		fmt.Println("denied:", denied.Denial.Reason, denied.Denial.Shortfall)
	case err != nil:
		fmt.Println(err)
	default:
		fmt.Println(result.Charges)
	}
}
