using System.Text.Json.Nodes;

namespace McpBilling.Server.Tests.Mcp.Cookbook;

/// <summary>A page of the cookbook: one prompt, and the calls that an agent makes on its way.</summary>
/// <param name="Prompt">Name of the prompt.</param>
/// <param name="Wish">What the user says.</param>
internal sealed record Recipe(string Prompt, string Wish, params Step[] Steps);

/// <summary>One call of it, or a sentence between two.</summary>
/// <param name="Kind">Who does what.</param>
/// <param name="Name">A tool, an HTTP call of the app (<c>POST /v1/usage</c>), or the sentence.</param>
/// <param name="Input">JSON in which <c>{hold_id}</c> stands for the field of that name in an earlier answer.</param>
internal sealed record Step(StepKind Kind, string Name, string Input = "{}")
{
    /// <summary>Only these fields of the answer are shown; empty: all.</summary>
    public string[] Shows { get; init; } = [];

    /// <summary>Places in the answer and what must be there, such as <c>charges/0/amount</c>: "0.04".</summary>
    public (string Place, string Value)[] Expects { get; init; } = [];

    public bool IsRefused { get; init; }

    /// <summary>This field of the input has been shown before.</summary>
    public string? Known { get; init; }

    public static Step Say(string text) => new(StepKind.Sentence, text);

    public static Step Tool(string name, string input = "{}") => new(StepKind.Tool, name, input);

    public static Step App(string call, string input) => new(StepKind.App, call, input);

    public Step Showing(params string[] fields) => this with { Shows = fields };

    public Step Expecting(string place, string value) => this with { Expects = [.. Expects, (place, value)] };

    public Step Refused() => this with { IsRefused = true };

    public Step WithKnown(string field) => this with { Known = field };

    public JsonNode ShownInput(JsonNode input)
    {
        if (Known is { } field)
        {
            input[field] = "… the same";
        }
        return input;
    }

    public JsonNode Shown(JsonNode answer) =>
        Shows.Length == 0 ? answer : new JsonObject([.. Shows.Where(f => answer[f] is not null).Select(f => KeyValuePair.Create(f, answer[f]?.DeepClone())), KeyValuePair.Create<string, JsonNode?>("…", "more")]);
}

internal enum StepKind
{
    Sentence,
    Tool,
    App,
}
