using System.Text.Json;
using Billing;

internal static class Unit
{
    private static int answers;

    public static UsageEvent Of(int n) => LlmBiller.TokensUsed(new TokenUse("small", 0, n * 100))[0];

    public static Task<Billed<object>> Call(
        Biller biller, BilledRequest request, Asked asked, Func<Meter, Task<object>> measured, Func<object> work, CancellationToken stop)
    {
        var llm = new LlmRequest(request.CustomerId, request.RequestId, "small", "hi", asked.Estimate * 100, request.Subject);
        int tokens = 100 * (asked.Used ?? [asked.Estimate]).Sum();
        return biller.BilledCall(
            llm,
            _ =>
            {
                var result = work();
                var usage = JsonSerializer.SerializeToElement(new { prompt_tokens = 10, completion_tokens = tokens });
                var answer = new ProviderAnswer("openai", "openai.chat", "gpt-4o", usage, $"answer-{Interlocked.Increment(ref answers)}");
                return Task.FromResult((result, new TokenUse("small", 0, tokens), answer));
            },
            stop);
    }
}
