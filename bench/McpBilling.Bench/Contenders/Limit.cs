using McpBilling.Bench.Load;

namespace McpBilling.Bench.Contenders;

/// <summary>
/// The least code that still does the work, with its idempotency keys in a table (<c>../shared/checks/perf/limit</c>): what the product is measured against.
/// </summary>
internal sealed class Limit(string dll, string folder) : Contender("limit-sqlidem", dll, folder)
{
    private const string Event = """{"customer_id":"%CUST%","event":"image","quantity":"1","idempotency_key":"%KEY%"}""";

    protected override string ReadyPath => "/health";

    protected override IEnumerable<string> Arguments => [$"url=http://127.0.0.1:{Port}", $"db={DataPath}", "key=k"];

    public override Traffic Grants(int customers) => new()
    {
        First = new("/v1/wallets/credit", "k", """{"customer_id":"%CUST%","event":"grant","quantity":"900000","idempotency_key":"%KEY%"}"""),
        Customers = customers,
        InOrder = true,
    };

    public override Traffic Authorize(int customers) => new() { First = new("/v1/usage/authorize", "k", Event), Customers = customers };

    public override Traffic AuthorizeAndCapture(int customers) => Authorize(customers) with
    {
        Second = new("/v1/holds/%ID%/capture", "k", """{"quantity":"1","idempotency_key":"%KEY%"}"""),
        IdMarker = "\"id\":\""u8.ToArray(),
    };

    public override Traffic Record(int customers) => new() { First = new("/v1/usage", "k", Event), Customers = customers };

    public override Traffic Batches(int customers, int perRequest) => new()
    {
        First = new("/v1/usage/batch", "k", Event, perRequest, "[", "]"),
        BadMarker = "insufficient_funds"u8.ToArray(),
        Customers = customers,
        PerRequest = perRequest,
    };
}
