using System.Text.Json.Nodes;
using McpBilling.Money;
using McpBilling.Server.Commands;
using McpBilling.Server.Hosting;

namespace McpBilling.Server.Demo;

/// <summary>
/// The story that <c>demo</c> tells: a catalog by conversation, a customer, far more requests than the balance can pay, and what becomes of the holds.
/// Every figure that follows from the rules is compared with what came out.
/// </summary>
internal sealed class DemoStory(Composition parts, TextWriter terminal)
{
    private const int Asked = 10_000;
    private const int Allowed = 2_500;
    private const int CapturedExactly = 2_000;
    private const int CapturedLess = 300;
    private const int Voided = 100;
    private const int Abandoned = Allowed - CapturedExactly - CapturedLess - Voided;
    private const int FreeImages = 100;
    private const int ReversedFree = 10;
    private const int ReversedPaid = 50;
    private const string Customer = "ada";

    // A line each for the three grants, the two that expire, every use, hold, capture, release and reversal; a capture of less also releases the rest.
    private const int Entries = 3 + 2 + FreeImages + Allowed + CapturedExactly + (2 * CapturedLess) + Voided + Abandoned + ReversedFree + ReversedPaid;

    private readonly DemoReport report = new(terminal);

    /// <returns>0 when everything was as it must be, else 1.</returns>
    public static async Task<int> Tell(Composition parts, TextWriter terminal, CancellationToken cancellation)
    {
        using var signals = new StopSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Token);
        return await new DemoStory(parts, terminal).Tell(stop.Token);
    }

    private async Task<int> Tell(CancellationToken cancellation)
    {
        await using var server = await DemoServer.Start(parts, cancellation);
        report.Line($"mcp-billing demo: a real server on {server.Address.Authority}, on a data file that is deleted at the end");
        await Converse(server, cancellation);
        using var app = new DemoApp(server.Address, server.Key, parts.Time);
        await SignUp(app, cancellation);
        var holds = await Rush(app, cancellation);
        await Settle(app, holds, cancellation);
        await GiveBack(app, cancellation);
        await PassTime(app, cancellation);
        await Audit(server, app, cancellation);
        report.Line("");
        report.Line(report.Surprises.Count == 0 ? "Everything came out as the rules say." : $"{report.Surprises.Count} figures are not what the rules say:");
        report.Surprises.ForEach(s => report.Line("  " + s));
        return report.Surprises.Count == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private async Task Converse(DemoServer server, CancellationToken cancellation)
    {
        report.Chapter("\"Charge 4 cents per image, 100 free credits at sign-up.\"   (a coding tool, by MCP)");
        await using var agent = await DemoAgent.Connect(server.Address, server.Key, cancellation);
        report.Fact("connected", $"MCP {agent.Protocol} over HTTP, {await agent.CountTools(cancellation)} tools");
        await agent.DefineCatalog(cancellation);
        report.Fact("tools called", string.Join(", ", agent.Called.Take(4)));
        report.Fact("", string.Join(", ", agent.Called.Skip(4)));
    }

    private async Task SignUp(DemoApp app, CancellationToken cancellation)
    {
        report.Chapter("A customer signs up, uses the free images, and buys $100.   (the app, by /v1)");
        await app.Post("/v1/customers", new JsonObject { ["id"] = Customer, ["name"] = "Ada" }, cancellation);
        report.Fact("at sign-up", Shown((await Account(app, "credits", cancellation))["available"]), "100", "free credits");
        var events = new JsonArray([.. Enumerable.Range(0, FreeImages).Select(i => (JsonNode)Image($"free-{i}", Customer))]);
        var batch = await app.Post("/v1/usage/batch", new JsonObject { ["events"] = events }, cancellation);
        report.Fact("free images", DemoReport.Number(batch["results"]!.AsArray().Count(r => Shown(r!["status"]) == "recorded")), "100", "recorded in one request");
        await Grant(app, "100", null, "purchase", cancellation);
        report.Fact("credits left", Shown((await Account(app, "credits", cancellation))["balance"]), "0");
        report.Fact("dollars", Balances(await Account(app, "usd", cancellation)), "$100.00 balance, $0.00 held, $100.00 available");
    }

    private async Task<List<string>> Rush(DemoApp app, CancellationToken cancellation)
    {
        report.Chapter($"{DemoReport.Number(Asked)} concurrent authorizations of $0.04 on the $100.   ({DemoApp.Connections} connections)");
        // The first requests of a process pay for its compilation; a check holds nothing.
        await app.PostAll(2 * DemoApp.Connections, i => ("/v1/usage/authorize", Check(i)), cancellation);
        var load = await app.PostAll(Asked, i => ("/v1/usage/authorize", Authorization(i)), cancellation);
        var allowed = load.Answers.Where(a => a["allowed"]!.GetValue<bool>()).ToList();
        var denied = load.Answers.Where(a => !a["allowed"]!.GetValue<bool>()).ToList();
        report.Fact("allowed", DemoReport.Number(allowed.Count), "2,500", "exactly what the balance pays for");
        report.Fact("denied", DemoReport.Number(denied.Count(d => Shown(d["reason"]) == "insufficient_balance")), "7,500", "insufficient_balance");
        report.Fact("requests per second", DemoReport.Number((long)load.PerSecond) + "   (client and server in one process)");
        report.Fact("p50, p99", $"{DemoReport.Milliseconds(load.Within(0.5))}, {DemoReport.Milliseconds(load.Within(0.99))}");
        report.Fact("dollars", Balances(await Account(app, "usd", cancellation)), "$100.00 balance, $100.00 held, $0.00 available");
        int first = load.Answers.ToList().FindIndex(a => a["allowed"]!.GetValue<bool>());
        var again = await app.Post("/v1/usage/authorize", Authorization(first), cancellation);
        bool same = again["replayed"]!.GetValue<bool>() && Shown(again["hold_id"]) == Shown(load.Answers[first]["hold_id"]);
        report.Fact("one sent again", same ? "same hold" : "another answer", "same hold", "nothing held twice");
        return [.. allowed.Select(a => Shown(a["hold_id"]))];
    }

    private async Task Settle(DemoApp app, List<string> holds, CancellationToken cancellation)
    {
        report.Chapter("The images are made.");
        if (holds.Count < Allowed)
        {
            throw new CommandException($"the story cannot go on: {holds.Count} authorizations were allowed instead of {Allowed}.");
        }
        var exact = await app.PostAll(CapturedExactly, i => ($"/v1/holds/{holds[i]}/capture", new JsonObject { ["event"] = Image($"image-{i}"), ["idempotency_key"] = $"capture-{i}" }), cancellation);
        int at = CapturedExactly;
        var less = await app.PostAll(CapturedLess, i => ($"/v1/holds/{holds[at + i]}/capture", new JsonObject { ["amount"] = "0.01", ["idempotency_key"] = $"less-{i}" }), cancellation);
        at += CapturedLess;
        var voided = await app.PostAll(Voided, i => ($"/v1/holds/{holds[at + i]}/void", new JsonObject { ["idempotency_key"] = $"void-{i}" }), cancellation);
        report.Fact("captured exactly", DemoReport.Number(exact.Answers.Count), DemoReport.Number(CapturedExactly), $"at $0.04, {DemoReport.Number((long)exact.PerSecond)} per second");
        report.Fact("captured less", DemoReport.Number(less.Answers.Count), DemoReport.Number(CapturedLess), "at $0.01: the rest is released");
        report.Fact("voided", DemoReport.Number(voided.Answers.Count), DemoReport.Number(Voided), "the image failed");
        report.Fact("dollars", Balances(await Account(app, "usd", cancellation)), "$17.00 balance, $4.00 held, $13.00 available");
    }

    private async Task GiveBack(DemoApp app, CancellationToken cancellation)
    {
        report.Chapter("Some images are not good, and are given back.");
        await app.PostAll(ReversedPaid, i => ($"/v1/usage/image-{i}/reverse", Reversal("paid", i)), cancellation);
        await app.PostAll(ReversedFree, i => ($"/v1/usage/free-{i}/reverse", Reversal("free", i)), cancellation);
        report.Fact("reversed", $"{ReversedPaid} paid with dollars, {ReversedFree} with credits");
        report.Fact("dollars", Balances(await Account(app, "usd", cancellation)), "$19.00 balance, $4.00 held, $15.00 available");
        report.Fact("credits", Shown((await Account(app, "credits", cancellation))["balance"]), "10");
    }

    private async Task PassTime(DemoApp app, CancellationToken cancellation)
    {
        report.Chapter("Time passes.   (the workspace's test clock)");
        var now = parts.Time.GetUtcNow();
        await Grant(app, "5", now.AddDays(30), "gift", cancellation);
        report.Fact("$5 as a gift, for 30 days", Balances(await Account(app, "usd", cancellation)), "$24.00 balance, $4.00 held, $20.00 available");
        await MoveTo(app, now.AddMinutes(20), cancellation);
        report.Fact("after 20 minutes", Balances(await Account(app, "usd", cancellation)), "$24.00 balance, $0.00 held, $24.00 available", $"{Abandoned} holds expired");
        await MoveTo(app, now.AddDays(31), cancellation);
        report.Fact("after 31 days", Balances(await Account(app, "usd", cancellation)), "$19.00 balance, $0.00 held, $19.00 available", "the gift expired");
        await MoveTo(app, now.AddDays(91), cancellation);
        report.Fact("after 91 days", Shown((await Account(app, "credits", cancellation))["balance"]), "0", "the free credits expired");
    }

    private async Task Audit(DemoServer server, DemoApp app, CancellationToken cancellation)
    {
        report.Chapter("The books.");
        var entries = await app.Get($"/v1/customers/{Customer}/entries?limit=1", cancellation);
        report.Fact("ledger entries", DemoReport.Number(entries["total"]!.GetValue<long>()), DemoReport.Number(Entries));
        report.Fact("on disk", DemoReport.Number(server.BytesOnDisk / 1024) + " KiB, database and log");
        var found = await server.Verify(cancellation);
        report.Fact("verify", found.Differences.Count == 0 ? "clean" : $"{found.Differences.Count} differences", "clean", "every balance rebuilt from the entries");
        foreach (string summary in found.Summary.Take(4))
        {
            report.Fact("", summary);
        }
    }

    private static async Task Grant(DemoApp app, string amount, DateTimeOffset? expires, string key, CancellationToken cancellation)
    {
        var body = new JsonObject { ["customer_id"] = Customer, ["asset"] = "usd", ["amount"] = amount, ["idempotency_key"] = key };
        if (expires is { } at)
        {
            body["expires_at"] = Instant.From(at).ToString();
        }
        else
        {
            (body["source"], body["cost_basis"]) = ("paid", new JsonObject { ["currency"] = "usd", ["amount"] = amount });
        }
        await app.Post("/v1/grants", body, cancellation);
    }

    private static Task<JsonObject> MoveTo(DemoApp app, DateTimeOffset time, CancellationToken cancellation) =>
        app.Post("/v1/test-clock", new JsonObject { ["now"] = Instant.From(time).ToString() }, cancellation);

    private static async Task<JsonNode> Account(DemoApp app, string asset, CancellationToken cancellation)
    {
        var wallet = await app.Get($"/v1/customers/{Customer}/wallet", cancellation);
        return wallet["accounts"]!.AsArray().FirstOrDefault(a => Shown(a!["asset"]) == asset) ?? throw new CommandException($"{Customer} has no account in {asset}.");
    }

    private static JsonObject Image(string id, string? customer = null)
    {
        var image = new JsonObject { ["id"] = id, ["event_type"] = "image.generated", ["quantity"] = "1" };
        if (customer is not null)
        {
            image["customer_id"] = customer;
        }
        return image;
    }

    private static JsonObject Authorization(int i) => new()
    {
        ["customer_id"] = Customer,
        ["event"] = new JsonObject { ["event_type"] = "image.generated", ["quantity"] = "1" },
        ["idempotency_key"] = $"authorize-{i}",
    };

    private static JsonObject Check(int i) => new() { ["customer_id"] = Customer, ["asset"] = "usd", ["amount"] = "0", ["idempotency_key"] = $"check-{i}" };

    private static JsonObject Reversal(string what, int i) => new() { ["customer_id"] = Customer, ["reason"] = "blurred", ["idempotency_key"] = $"reverse-{what}-{i}" };

    private static string Balances(JsonNode account) => $"${Shown(account["balance"])} balance, ${Shown(account["held"])} held, ${Shown(account["available"])} available";

    private static string Shown(JsonNode? text) => text?.GetValue<string>() ?? "";
}
