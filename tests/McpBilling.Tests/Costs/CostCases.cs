using System.Text.Json;
using McpBilling.Costs;
using McpBilling.Costs.UsageReaders;

namespace McpBilling.Tests.Costs;

/// <summary>The worked cases of <c>../shared/data</c>: one response each, with the lines that it must give.</summary>
internal static class CostCases
{
    public static IReadOnlyList<JsonElement> Cases() => [.. Parse("data/cost_cases.json").GetProperty("cases").EnumerateArray()];

    public static IReadOnlyList<JsonElement> Recorded() => [.. Parse("data/cost_payloads_recorded.json").GetProperty("payloads").EnumerateArray()];

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    /// <summary>The responses of a case: several where it is a sequence of attempts.</summary>
    public static IEnumerable<UsageReading> Readings(JsonElement given)
    {
        var response = given.GetProperty("response");
        var told = Told(given);
        return given.Text("api") == AllUsageReaders.Sequence
            ? ResponseSequence.Split(response).Attempts.Select(a => AllUsageReaders.Find(ResponseShape.ApiOf(a.Response, given.Text("provider"))!).Read(a.Response, told))
            : [AllUsageReaders.Find(given.Text("api")).Read(response, told)];
    }

    /// <summary>What the caller tells beside the response: the case's flags.</summary>
    public static PriceContext Told(JsonElement given)
    {
        string? Flag(string name) => given.GetProperty("flags").TryGetProperty(name, out var found) ? found.GetString() : null;
        return new PriceContext
        {
            Batch = given.GetProperty("flags").TryGetProperty("batch", out var batch) && batch.GetBoolean(),
            ServiceTier = Flag("service_tier"),
            RequestedServiceTier = Flag("requested_service_tier"),
            Speed = Flag("speed"),
            InferenceGeo = Flag("inference_geo"),
            DataResidency = Flag("data_residency"),
            Deployment = Flag("deployment"),
            GroundingUnit = Flag("grounding_unit"),
        };
    }

    /// <summary><c>input 96, cache_read 1152</c>: kinds with quantities, and the model where it is another; sorted.</summary>
    public static string Shown(IEnumerable<UsageReading> readings) =>
        string.Join(", ", readings.SelectMany(r => r.Uses).Select(u => Shown(u.Kind, u.Quantity, u.Model)).Order(StringComparer.Ordinal));

    public static string Shown(string kind, decimal quantity, string? model) => $"{kind} {quantity:0.##################}{(model is null ? "" : " of " + model)}";

    private static JsonElement Parse(string path) => JsonElement.Parse(File.ReadAllText(Needs.Shared(path)));
}
