using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using McpBilling.Costs;

namespace McpBilling.Tests.Costs;

public class UsageReaderLawTests
{
    // What providers may come to send: counts, details, texts; nothing that any reader asks for.
    private static readonly string[] NewNames = ["speculative_tokens", "x_new_tokens_details", "billing_note", "zz_cached_tokens", "energy_joules", "🦙"];

    private static readonly string[] NewValues = ["null", "12", "-3", "0.5", "\"sk-live-new\"", "[1,{\"prompt_tokens\":5}]", """{"cached_tokens":99,"prompt_tokens":-1}""", "true"];

    private static readonly (string Api, string Json)[] Known = [.. Responses.All.Select(r => (r.Data.Item1, r.Data.Item2))];

    [Fact]
    public void No_unknown_field_changes_a_reading() =>
        Gen.Select(Gen.Int[0, Known.Length - 1], Gen.Select(Gen.Int[0, 1000], Gen.Int[0, NewNames.Length - 1], Gen.Int[0, NewValues.Length - 1]).List[1, 6]).Sample((at, additions) =>
        {
            var (api, json) = Known[at];
            var response = JsonNode.Parse(json)!;
            foreach (var (place, name, value) in additions)
            {
                var objects = Objects(response).ToList();
                objects[place % objects.Count].TryAdd(NewNames[name], JsonNode.Parse(NewValues[value]));
            }
            Assert.Equal(Kept(Responses.Read(api, json)), Kept(Responses.Read(api, response.ToJsonString())));
        }, iter: 2_000);

    // Counts of shape C: any cached, written, audio within the input leave kinds that add up to it.
    [Fact]
    public void Kinds_of_a_chat_completion_add_up_to_its_totals() =>
        Gen.Select(Gen.Int[0, 5_000], Gen.Int[0, 5_000], Gen.Int[0, 5_000], Gen.Int[0, 5_000], Gen.Int[0, 5_000]).Sample((input, cached, written, audio, output) =>
        {
            cached = Math.Min(cached, input);
            written = Math.Min(written, input - cached);
            audio = Math.Min(audio, input);
            var reading = Responses.Read("openai.chat",
                $$$$$"""{"usage":{"prompt_tokens":{{{{{input}}}}},"completion_tokens":{{{{{output}}}}},"prompt_tokens_details":{"cached_tokens":{{{{{cached}}}}},"cache_write_tokens":{{{{{written}}}}},"audio_tokens":{{{{{audio}}}}}}}}""");
            Assert.Equal(input, reading.ContextTokens);
            Assert.Equal(input + output, reading.Uses.Sum(u => u.Quantity));
            Assert.Equal(cached, reading.Uses.Where(u => u.Kind is CostKinds.CacheRead or CostKinds.CacheReadAudio).Sum(u => u.Quantity));
            // Audio that was written to the cache is a cache write: there is no other rate for it.
            Assert.InRange(audio - reading.Uses.Where(u => u.Kind is CostKinds.InputAudio or CostKinds.CacheReadAudio).Sum(u => u.Quantity), 0, written);
            Assert.All(reading.Uses, u => Assert.True(u.Quantity > 0));
        });

    // Free names stand there: a new one is no new field.
    private static IEnumerable<JsonObject> Objects(JsonNode? node, string name = "") => node switch
    {
        JsonObject o when name == "quantities" => [],
        JsonObject o => o.SelectMany(p => Objects(p.Value, p.Key)).Prepend(o),
        JsonArray list => list.SelectMany(item => Objects(item)),
        _ => [],
    };

    private static string Kept(UsageReading reading) => JsonSerializer.Serialize(reading);
}
