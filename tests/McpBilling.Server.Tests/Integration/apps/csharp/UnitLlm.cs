using Billing;

internal static class Unit
{
    public static UsageEvent Of(int n) => LlmBiller.TokensUsed(new TokenUse("small", 0, n * 100))[0];

    public static Task<Billed<object>> Call(
        Biller biller, BilledRequest request, Asked asked, Func<Meter, Task<object>> measured, Func<object> work, CancellationToken stop)
    {
        var llm = new LlmRequest(request.CustomerId, request.RequestId, "small", "hi", asked.Estimate * 100, request.Subject);
        var used = new TokenUse("small", 0, 100 * (asked.Used ?? [asked.Estimate]).Sum());
        return biller.BilledCall(llm, _ => Task.FromResult((work(), used)), stop);
    }
}
