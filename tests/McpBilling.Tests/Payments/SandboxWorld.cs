using McpBilling.Money;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;

namespace McpBilling.Tests.Payments;

/// <summary>The sandbox's memory, in memory.</summary>
internal sealed class SandboxMemory : ISandboxStore
{
    private readonly Dictionary<string, string> _documents = new(StringComparer.Ordinal);

    public ValueTask<string?> Read(string id, CancellationToken cancellation) => new(_documents.GetValueOrDefault(id));

    public ValueTask<bool> Write(string id, string? before, string after, CancellationToken cancellation)
    {
        if (_documents.GetValueOrDefault(id) != before)
        {
            return new(false);
        }
        _documents[id] = after;
        return new(true);
    }
}

public sealed class SandboxConformanceTests : ProcessorConformance
{
    private static readonly byte[] Secret = "a secret of the sandbox, 32 byte"u8.ToArray();

    private readonly List<ReceivedWebhook> _sent = [];
    private readonly SandboxProcessor _sandbox;

    public SandboxConformanceTests() =>
        _sandbox = new SandboxProcessor(new SandboxMemory(), Secret, id => new Uri("http://127.0.0.1/sandbox/" + id), () => Now, _sent.Add);

    protected override IPaymentProcessor Processor => _sandbox;

    protected override ReceivedWebhook PaidWebhook(string topUpId, Amount amount)
    {
        _sent.Clear();
        _ = Paid(topUpId, amount).GetAwaiter().GetResult();
        return Assert.Single(_sent);
    }

    protected override async Task<string?> Pay(string topUpId, Amount amount) => (await Paid(topUpId, amount)).Payment;

    private async Task<SandboxPayment> Paid(string topUpId, Amount amount)
    {
        var page = await _sandbox.CreateTopUp(new PaymentKey(topUpId), OrderOf(topUpId, amount), CancellationToken.None);
        return await _sandbox.Desk.Pay(page.Reference, TestCard.Success, false, CancellationToken.None);
    }
}

public sealed class ManualConformanceTests : ProcessorConformance
{
    private static readonly byte[] Secret = "a secret of the builder, 32 byte"u8.ToArray();

    protected override IPaymentProcessor Processor { get; } = new ManualProcessor(Secret);

    protected override ReceivedWebhook PaidWebhook(string topUpId, Amount amount)
    {
        byte[] body = new PaymentReport { Id = "evt-" + topUpId, Type = "paid", At = Now, TopUpId = topUpId, Payment = "wire-1", Amount = amount.ToDecimal(), Currency = amount.Asset.Id }.ToJson();
        return new ReceivedWebhook(WebhookSignature.Sign(Secret, "evt-" + topUpId, Now, body), body, Now);
    }

    protected override Task<string?> Pay(string topUpId, Amount amount) => Task.FromResult<string?>("wire-1");
}
