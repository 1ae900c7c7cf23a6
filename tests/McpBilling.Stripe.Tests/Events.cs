using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Stripe.Tests;

/// <summary>Events as Stripe sends them, cut down to what is looked at.</summary>
internal static class Events
{
    public const string Marks = $$"""{"top_up_id":"{{Make.TopUpId}}","customer_id":"anna","paid_by":"checkout","price":"1000"}""";
    public const string ChargeMarks = $$"""{"top_up_id":"{{Make.TopUpId}}","customer_id":"anna","paid_by":"charge","price":"2000"}""";

    public const string PaidSession =
        $$"""
        {"object":"checkout.session","id":"cs_1","mode":"payment","status":"complete","payment_status":"paid","client_reference_id":"{{Make.TopUpId}}","metadata":{{Marks}},
         "payment_intent":"pi_1","currency":"usd","amount_subtotal":1000,"amount_total":1190,"total_details":{"amount_tax":190,"amount_discount":0,"amount_shipping":0} }
        """;

    public const string SavingIntent =
        $$"""
        {"object":"payment_intent","id":"pi_1","status":"succeeded","amount":1190,"amount_received":1190,"currency":"usd","customer":"cus_1","payment_method":"pm_1",
         "payment_method_types":["card"],"setup_future_usage":"off_session","metadata":{{Marks}}}
        """;

    public const string ChargedIntent =
        $$"""
        {"object":"payment_intent","id":"pi_2","status":"succeeded","amount":2000,"amount_received":2000,"currency":"usd","customer":"cus_1","payment_method":"pm_1",
         "payment_method_types":["card"],"metadata":{{ChargeMarks}}}
        """;

    public const string Refund =
        """{"object":"refund","id":"re_1","amount":500,"currency":"usd","charge":"ch_1","payment_intent":"pi_1","status":"succeeded","metadata":{"refund_key":"refund_019abcde-0000-7000-8000-000000000001:2"}}""";

    public const string Dispute = """{"object":"dispute","id":"dp_1","amount":1190,"currency":"usd","charge":"ch_1","payment_intent":"pi_1","status":"needs_response","reason":"fraudulent"}""";

    /// <summary>An event around an object.</summary>
    /// <param name="with">Fields of the object that are another.</param>
    public static string Of(string type, string @object, string? with = null, bool live = false, string? version = StripeCalls.Version, string? previous = null)
    {
        var inside = JsonNode.Parse(@object)!.AsObject();
        foreach (var (name, value) in with is null ? [] : JsonNode.Parse(with)!.AsObject())
        {
            inside[name] = value?.DeepClone();
        }
        var data = new JsonObject { ["object"] = inside };
        if (previous is not null)
        {
            data["previous_attributes"] = JsonNode.Parse(previous);
        }
        var e = new JsonObject
        {
            ["id"] = "evt_1",
            ["object"] = "event",
            ["api_version"] = version,
            ["created"] = 1_800_000_000,
            ["livemode"] = live,
            ["type"] = type,
            ["data"] = data,
        };
        return e.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
