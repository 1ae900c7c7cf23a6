using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Storage.Tests.Compliance;

/// <summary>The public operations as a caller meets them: an operation's name and an input as it would be written in JSON; the answer as JSON, or the refusal.</summary>
public sealed class Desk(Func<IBilling> billing, Caller caller)
{
    private static readonly JsonSerializerOptions Written = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private static readonly Dictionary<string, Operation> Rows = AllOperations.List.ToDictionary(o => o.Name);

    public Caller Caller => caller;

    public async Task<JsonElement> Do(string operation, object input)
    {
        var row = Rows[operation];
        object typed = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(input, Written), BillingJson.Conventions.GetTypeInfo(row.InputType))!;
        object output = await row.Run(typed, caller, billing(), CancellationToken.None);
        return JsonSerializer.SerializeToElement(output, BillingJson.Conventions.GetTypeInfo(row.OutputType));
    }

    /// <summary>The refusal's code, or <c>ok</c>.</summary>
    public async Task<string> Code(string operation, object input)
    {
        try
        {
            await Do(operation, input);
            return "ok";
        }
        catch (BillingException e)
        {
            return e.Code.Name;
        }
    }

    public Task<JsonElement> Clock(string now) => Do("advance_test_clock", new { now });

    /// <summary>Sets the catalog; a live one as it must be, with the token of a preview.</summary>
    public async Task<JsonElement> Apply(string document)
    {
        var parsed = JsonElement.Parse(document);
        if (caller.Mode == Mode.Test)
        {
            return await Do("apply_catalog", new { document = parsed });
        }
        var preview = await Do("apply_catalog", new { document = parsed, dry_run = true });
        string? token = preview.TryGetProperty("preview_token", out var issued) ? issued.GetString() : null;
        return await Do("apply_catalog", new { document = parsed, expected_version = preview.GetProperty("version").GetInt64(), preview_token = token });
    }

    public Task<JsonElement> Grant(string customer, string amount, string asset = "usd", string key = "g", string? expires = null, string? effective = null, string[]? products = null) =>
        Do("grant_credit", new { customer_id = customer, asset, amount, expires_at = expires, effective_at = effective, products, idempotency_key = key });

    public Task<JsonElement> Authorize(string customer, string amount, string key, string asset = "usd", int? ttl = null) =>
        Do("authorize_usage", new { customer_id = customer, asset, amount, ttl_seconds = ttl, idempotency_key = key });

    public async Task<string> Hold(string customer, string amount, string key, string asset = "usd", int? ttl = null) =>
        (await Authorize(customer, amount, key, asset, ttl)).GetProperty("hold_id").GetString()!;

    public Task<JsonElement> Record(string customer, string eventType, string id, string? quantity = null, object? properties = null, string? timestamp = null) =>
        Do("record_usage_event", new { id, customer_id = customer, event_type = eventType, quantity, properties, timestamp });

    /// <summary>What the event's single charge was, or <c>none</c>.</summary>
    public async Task<string> Charge(string customer, string eventType, string id, string? quantity = null, object? properties = null, string? timestamp = null)
    {
        var charges = (await Record(customer, eventType, id, quantity, properties, timestamp)).GetProperty("charges");
        return charges.GetArrayLength() == 0 ? "none" : string.Join(" + ", charges.EnumerateArray().Select(c => Charge(c)));
    }

    public Task<JsonElement> Wallet(string customer) => Do("get_wallet", new { customer_id = customer });

    /// <summary>A charge of an answer in words: <c>0.5 usd</c>.</summary>
    public static string Charge(JsonElement charge) => $"{Number(charge, "amount")} {charge.GetProperty("asset").GetString()}";

    /// <summary>One figure of one account.</summary>
    public async Task<string> Figure(string customer, string figure, string asset = "usd") =>
        Number((await Wallet(customer)).GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == asset), figure);

    /// <summary>A decimal text without the zeros at its end.</summary>
    public static string Number(JsonElement of, string name) => (decimal.Parse(of.GetProperty(name).GetString()!, CultureInfo.InvariantCulture) / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);

    /// <summary>Everything that can be read of a customer: wallet, ledger, events.</summary>
    public async Task<string> Everything(string customer) => string.Join(
        '\n', await Wallet(customer), await Do("list_entries", new { customer_id = customer, limit = 200 }), await Do("list_usage", new { customer_id = customer, limit = 200 }));
}
