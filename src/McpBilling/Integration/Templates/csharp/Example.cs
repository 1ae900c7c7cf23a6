namespace Billing;

/// <summary>How billing is called.</summary>
public static class Example
{
    public static async Task Run(string customerId, string requestId, CancellationToken stop)
    {
        using var client = new BillingClient();
        using var outbox = new Outbox(client);
        var biller = new Biller(client, outbox);
        try
        {
            var request = new BilledRequest(customerId, requestId, {{first_call}});
            var done = await biller.Billed(request, (meter, stopping) => Task.FromResult("your work goes here"), stop);
            Console.WriteLine(done.Pending ? "charged later" : string.Join(", ", done.Charges));
        }
        catch (PaymentRequiredException denied)
        {
            Console.WriteLine($"denied: {denied.Denial.Reason} {denied.Denial.Shortfall}");
        }
    }
}
