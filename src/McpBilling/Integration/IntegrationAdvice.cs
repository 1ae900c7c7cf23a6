namespace McpBilling.Integration;

/// <summary>What the code cannot say by itself: where its call goes in the builder's app, and how to see that it works, in their own event types and prices.</summary>
internal static class IntegrationAdvice
{
    public static IReadOnlyList<string> Placement(IntegrationPlan plan)
    {
        var steps = new List<string>
        {
            "Write the files unchanged, set the environment, and keep the outbox folder out of version control.",
        };
        foreach (var e in plan.Events.Take(20))
        {
            steps.Add($"Find where the app does what {Language.Comment(e.EventType)} stands for ({string.Join("; ", e.Charges.Select(Language.Comment))}). The call goes around the line that costs you money, after your own checks of the input.");
        }
        steps.Add("The call: " + plan.Language.Call(plan.Input.Framework, plan.Input.Style, plan.Estimate));
        if (plan.Input.Style is IntegrationStyle.Llm)
        {
            steps.Add("Use the function for a model's call (billedCall, billed_call, BilledCall): it authorizes by an estimate, charges the provider's own count, and reports what the call cost you (answer: provider, api, model, id and usage of the response; no text).");
        }
        steps.Add("customer_id is your own id of whoever pays, from your session, never from the request's body. request_id is made once per click by the browser and sent again on a retry (X-Request-Id).");
        steps.Add("Pass end user, session and task in subject where your customers have users of their own.");
        if (plan.Language.ReadWebhook is { } read)
        {
            steps.Add($"Optional, to be told when a balance runs low, a hold expires or money moves: a route that gives headers and raw body to {read}, answers 2xx at once and acts once per message id; its address goes to POST /v1/webhook-endpoints, which answers MCP_BILLING_WEBHOOK_SECRET.");
        }
        return steps;
    }

    public static IReadOnlyList<string> TestPlan(IntegrationPlan plan)
    {
        var first = plan.Events[0];
        string name = Language.Comment(first.EventType);
        string charge = string.Join("; ", first.Charges.Select(Language.Comment));
        bool recordAfter = plan.Input.Style is IntegrationStyle.RecordAfter;
        return
        [
            "Get a key: create_api_key, or mcp-billing keys create --name my-app. Start the app: without its variables it must stop with a message that names them.",
            $"grant_credit to a test customer, then one request: 200; list_usage shows one {name}, charged as {charge}; get_wallet shows nothing held.",
            "The same request with the same X-Request-Id: no second charge.",
            recordAfter
                ? "A customer who owes (adjust_balance below zero): 402, and the work is not done."
                : "A customer without credit: 402 with reason and shortfall, the work is not done, get_wallet shows nothing held.",
            recordAfter ? "Make the work fail: nothing is recorded." : "Make the work fail: the hold is voided, available is as before.",
            plan.Input.OnUnavailable is OnUnavailable.Closed
                ? "Set MCP_BILLING_URL to a port where nothing listens: 503, and the work is not done."
                : "Set MCP_BILLING_URL to a port where nothing listens: the work is done and the outbox holds one file; set it right, restart: list_usage shows the event once, the folder is empty.",
            $"verify_integration {{\"product\": \"{first.Products[0]}\"}}: every finding passes.",
        ];
    }
}
