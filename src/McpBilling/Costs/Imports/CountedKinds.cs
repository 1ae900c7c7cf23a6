using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpBilling.Costs.Imports;

/// <summary>Counts of a gateway's columns, told apart into the kinds that a provider bills.</summary>
internal sealed class CountedKinds
{
    public const string Api = "call.quantity";

    private readonly SortedDictionary<string, decimal> kinds = new(StringComparer.Ordinal);

    /// <summary>Whether anything was counted; zeros count too.</summary>
    public bool IsKnown => kinds.Count > 0;

    public void Add(string kind, decimal? quantity)
    {
        if (quantity is { } counted)
        {
            kinds[kind] = kinds.GetValueOrDefault(kind) + counted;
        }
    }

    /// <summary>
    /// Adds input with its parts. The parts are within it, as most gateways count, unless they cannot be: then they came on top, as Anthropic counts.
    /// A cache write whose lifetime nobody told has the kind without one.
    /// </summary>
    public void AddInput(decimal? input, decimal read, decimal written, decimal minutes, decimal hour, decimal audio, bool areOnTop)
    {
        if (input is not { } all)
        {
            return;
        }
        areOnTop |= read + written + audio > all;
        Add(CostKinds.Input, areOnTop ? all : all - read - written - audio);
        Add(CostKinds.CacheRead, read);
        hour = Math.Min(hour, written);
        minutes = Math.Min(minutes, written - hour);
        Add(CostKinds.CacheWrite1h, hour);
        Add(CostKinds.CacheWrite5m, minutes);
        Add(CostKinds.CacheWrite, written - hour - minutes);
        Add(CostKinds.InputAudio, audio);
    }

    public void AddOutput(decimal? output, decimal audio)
    {
        Add(CostKinds.Output, output - Math.Min(audio, output ?? 0));
        Add(CostKinds.OutputAudio, audio);
    }

    public JsonElement Usage => JsonElement.Parse(new JsonObject(kinds.Select(k => KeyValuePair.Create(k.Key, (JsonNode?)JsonValue.Create(k.Value)))).ToJsonString());
}
