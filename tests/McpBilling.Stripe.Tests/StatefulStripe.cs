using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace McpBilling.Stripe.Tests;

/// <summary>As much of Stripe as it takes to pay an order and give it back: it keeps what it made, and answers a key as it did before.</summary>
internal sealed class StatefulStripe : HttpMessageHandler
{
    private const string Page = "https://checkout.stripe.com/c/pay/";
    private readonly Dictionary<string, (HttpStatusCode Status, string Body)> _answered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private int _made;

    /// <summary>The customer pays at the page.</summary>
    /// <returns>The payment's id.</returns>
    public string Pay(string session)
    {
        var page = _objects[session];
        if (page["status"]!.GetValue<string>() == "open")
        {
            long amount = page["amount_total"]!.GetValue<long>();
            var charge = new JsonObject { ["object"] = "charge", ["id"] = Next("ch"), ["created"] = 1_795_000_000, ["refunds"] = new JsonObject { ["object"] = "list", ["data"] = new JsonArray() } };
            var payment = new JsonObject
            {
                ["object"] = "payment_intent",
                ["id"] = Next("pi"),
                ["status"] = "succeeded",
                ["amount"] = amount,
                ["amount_received"] = amount,
                ["currency"] = page["currency"]!.DeepClone(),
                ["metadata"] = page["metadata"]!.DeepClone(),
                ["latest_charge"] = charge,
            };
            _objects[payment["id"]!.GetValue<string>()] = payment;
            (page["status"], page["payment_status"], page["payment_intent"]) = ("complete", "paid", payment["id"]!.DeepClone());
        }
        return page["payment_intent"]!.GetValue<string>();
    }

    public string Stands(string id) => _objects[id].ToJsonString();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = await ScriptedStripe.Note(request, cancellationToken);
        if (sent.Key is null || !_answered.TryGetValue(sent.Key, out var answer))
        {
            answer = Answer(sent);
            if (sent.Key is not null)
            {
                _answered[sent.Key] = answer;
            }
        }
        return new HttpResponseMessage(answer.Status) { Content = new StringContent(answer.Body, Encoding.UTF8, "application/json"), RequestMessage = request };
    }

    private (HttpStatusCode, string) Answer(SentRequest sent)
    {
        string[] path = sent.Path.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries)[1..];
        return (sent.Method, path) switch
        {
            ("POST", ["customers"]) => Made(new JsonObject { ["object"] = "customer", ["id"] = Next("cus") }),
            ("POST", ["checkout", "sessions"]) => Made(Session(sent.Form)),
            ("POST", ["checkout", "sessions", var id, "expire"]) when _objects[id]["status"]!.GetValue<string>() == "open" => Changed(id, "status", "expired"),
            ("POST", ["refunds"]) => Refund(sent.Form),
            ("GET", [.., var id]) when _objects.TryGetValue(id, out var found) => (HttpStatusCode.OK, found.ToJsonString()),
            ("GET", _) => (HttpStatusCode.NotFound, """{"error":{"type":"invalid_request_error","code":"resource_missing"}}"""),
            _ => (HttpStatusCode.BadRequest, """{"error":{"type":"invalid_request_error"}}"""),
        };
    }

    private JsonObject Session(IReadOnlyDictionary<string, string> form)
    {
        string id = Next("cs");
        var metadata = new JsonObject();
        foreach (var (name, value) in form.Where(f => f.Key.StartsWith("metadata[", StringComparison.Ordinal)))
        {
            metadata[name["metadata[".Length..^1]] = value;
        }
        long amount = long.Parse(form["line_items[0][price_data][unit_amount]"], System.Globalization.CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["object"] = "checkout.session",
            ["id"] = id,
            ["mode"] = form["mode"],
            ["status"] = "open",
            ["payment_status"] = "unpaid",
            ["client_reference_id"] = form["client_reference_id"],
            ["metadata"] = metadata,
            ["currency"] = form["line_items[0][price_data][currency]"],
            ["amount_subtotal"] = amount,
            ["amount_total"] = amount,
            ["url"] = Page + id,
            ["expires_at"] = 1_800_000_000,
        };
    }

    private (HttpStatusCode, string) Refund(IReadOnlyDictionary<string, string> form)
    {
        var payment = _objects[form["payment_intent"]];
        var refunds = payment["latest_charge"]!["refunds"]!["data"]!.AsArray();
        long amount = long.Parse(form["amount"], System.Globalization.CultureInfo.InvariantCulture);
        if (refunds.Sum(r => r!["amount"]!.GetValue<long>()) + amount > payment["amount_received"]!.GetValue<long>())
        {
            return (HttpStatusCode.BadRequest, """{"error":{"type":"invalid_request_error","code":"charge_already_refunded"}}""");
        }
        var refund = new JsonObject
        {
            ["object"] = "refund",
            ["id"] = Next("re"),
            ["status"] = "succeeded",
            ["amount"] = amount,
            ["currency"] = payment["currency"]!.DeepClone(),
            ["payment_intent"] = payment["id"]!.DeepClone(),
            ["created"] = 1_795_000_100,
            ["metadata"] = new JsonObject { ["refund_key"] = form["metadata[refund_key]"] },
        };
        refunds.Add(refund.DeepClone());
        return Made(refund);
    }

    private (HttpStatusCode, string) Made(JsonObject made)
    {
        _objects[made["id"]!.GetValue<string>()] = made;
        return (HttpStatusCode.OK, made.ToJsonString());
    }

    private (HttpStatusCode, string) Changed(string id, string field, string value)
    {
        _objects[id][field] = value;
        return (HttpStatusCode.OK, _objects[id].ToJsonString());
    }

    private string Next(string kind) => $"{kind}_{++_made}";
}
