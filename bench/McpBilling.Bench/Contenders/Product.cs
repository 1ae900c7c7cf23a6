using System.Diagnostics;
using McpBilling.Bench.Load;

namespace McpBilling.Bench.Contenders;

/// <summary><c>mcp-billing serve</c>.</summary>
internal class Product(string name, string dll, string folder) : Contender(name, dll, folder)
{
    private const string Catalog =
        """{"document":{"meters":[{"id":"image","event_type":"image","aggregation":"sum"}],"products":[{"id":"image","name":"Image","prices":[{"id":"image","meter":"image","asset":"usd","model":"per_unit","unit_price":"0.04"}]}]}}""";

    private const string Event = """{"id":"%KEY%","customer_id":"%CUST%","event_type":"image","quantity":"1"}""";
    private const string Cost =
        """
        {"id":"%KEY%","customer_id":"%CUST%","provider":"openai","api":"openai.chat","requested_at":"2026-11-01T12:00:00Z","feature":"chat","subject":{"end_user":"%SAME%","session":"%SAME%"},"response":{"id":"r","object":"chat.completion","model":"gpt-4o-2024-08-06","usage":{"prompt_tokens":1248,"completion_tokens":10,"total_tokens":1258,"prompt_tokens_details":{"cached_tokens":1152,"audio_tokens":0}},"service_tier":"default"}}
        """;

    private static readonly HttpClient Asking = new();
    private string key = "";

    protected override string ReadyPath => "/readyz";

    protected override IEnumerable<string> Arguments => ["serve", "--urls", $"http://127.0.0.1:{Port}", "--data", DataPath];

    /// <summary>The arguments of the same program on the same data, for a coding tool.</summary>
    public IEnumerable<string> StdioCommand => [Dll, "stdio", "--no-http", "--data", DataPath];

    public override Traffic Grants(int customers) => new()
    {
        First = new("/v1/grants", key, """{"customer_id":"%CUST%","asset":"usd","amount":"900000","idempotency_key":"%KEY%"}"""),
        Customers = customers,
        InOrder = true,
    };

    public override Traffic Authorize(int customers) => new()
    {
        First = new("/v1/usage/authorize", key, """{"customer_id":"%CUST%","event":{"event_type":"image","quantity":"1"},"idempotency_key":"%KEY%"}"""),
        BadMarker = "\"allowed\":false"u8.ToArray(),
        Customers = customers,
    };

    public override Traffic AuthorizeAndCapture(int customers) => Authorize(customers) with
    {
        Second = new("/v1/holds/%ID%/capture", key, """{"amount":"0.04","idempotency_key":"%KEY%"}"""),
        IdMarker = "\"hold_id\":\""u8.ToArray(),
    };

    public override Traffic Record(int customers) => new() { First = new("/v1/usage", key, Event), Customers = customers };

    public override Traffic Batches(int customers, int perRequest) => new()
    {
        First = new("/v1/usage/batch", key, Event, perRequest, """{"events":[""", "]}"),
        BadMarker = "\"failed\""u8.ToArray(),
        Customers = customers,
        PerRequest = perRequest,
    };

    /// <summary>As <see cref="Batches"/>, each request of one customer, as an app sends what one of its tenants did.</summary>
    public Traffic BatchesOfOne(int customers, int perRequest) => Batches(customers, perRequest) with
    {
        First = new("/v1/usage/batch", key, string.Join(',', Enumerable.Repeat(Event.Replace("%CUST%", "%SAME%", StringComparison.Ordinal), perRequest - 1).Prepend(Event)), 1, """{"events":[""", "]}"),
    };

    /// <summary>Model calls as a provider answered them, with who made them.</summary>
    public Traffic Costs(int customers, int perRequest) => new()
    {
        First = new("/v1/costs/llm/batch", key, Cost, perRequest, """{"costs":[""", "]}"),
        BadMarker = "\"failed\""u8.ToArray(),
        Customers = customers,
        PerRequest = perRequest,
    };

    /// <summary>Simulates everything recorded, on the present catalog and, when asked, on a draft with another price beside it.</summary>
    /// <returns>From sending the question to having the whole answer.</returns>
    public TimeSpan Simulate(bool withDraft, int events)
    {
        string draft = Catalog.Replace("0.04", "0.05", StringComparison.Ordinal);
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{Port}/v1/simulations")
        {
            Content = new StringContent(withDraft ? draft : "{}", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", key);
        long started = Stopwatch.GetTimestamp();
        using var response = client.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        string answer = reader.ReadToEnd();
        var time = Stopwatch.GetElapsedTime(started);
        return answer.Contains($"\"events\":\"{events}\"", StringComparison.Ordinal) ? time : throw new InvalidOperationException($"{Name} answered {answer}");
    }

    /// <summary>The data file.</summary>
    public string File => DataPath;

    /// <summary>Asks once, and waits for the whole answer.</summary>
    public string Get(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{Port}{path}");
        request.Headers.Authorization = new("Bearer", key);
        using var response = Asking.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        string answer = reader.ReadToEnd();
        return response.IsSuccessStatusCode ? answer : throw new InvalidOperationException($"{path} answered {answer}");
    }

    public override void StartFresh(int customers)
    {
        key = "";
        base.StartFresh(customers);
    }

    protected override void Prepare()
    {
        using (var keys = Process.Start(new ProcessStartInfo("dotnet", [Dll, "keys", "create", "--name", "bench", "--data", DataPath]) { RedirectStandardOutput = true, RedirectStandardError = true })!)
        {
            key = keys.StandardOutput.ReadToEnd().Trim();
            keys.WaitForExit();
        }
        Require(Load(new Traffic { First = new("/v1/catalog/apply", key, Catalog) }, 1, Until.Sent(1), 1));
    }
}
