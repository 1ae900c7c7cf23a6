using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>
/// Checks an input against its schema and names every problem with its place and its fix. It refuses at least what the serializer would refuse, so
/// that what it passes can be read. Not for the hot path: that reads directly and comes here only to explain a failure.
/// </summary>
public sealed partial class InputGuard
{
    /// <summary>A hostile document must not make an endless answer.</summary>
    public const int MaxProblems = 100;

    private const int ProblemsInDetail = 20;
    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);
    private readonly List<Problem> problems = [];
    private readonly IReadOnlyDictionary<string, string> notYet;

    private InputGuard(IReadOnlyDictionary<string, string>? notYet) => this.notYet = notYet ?? new Dictionary<string, string>();

    /// <summary>Every problem, in the order of the input; missing fields after the present ones of their object.</summary>
    /// <param name="input">Any JSON value.</param>
    /// <param name="schema">From <see cref="JsonSchemas.ForInput"/>.</param>
    /// <param name="pointer">Where <paramref name="input"/> lies in the caller's document.</param>
    /// <param name="notYet">Names of fields that a later version will take, with what to say about each.</param>
    public static List<Problem> Check(JsonElement input, InputSchema schema, string pointer = "", IReadOnlyDictionary<string, string>? notYet = null)
    {
        var guard = new InputGuard(notYet);
        guard.Visit(input, schema.Annotated, pointer, 0);
        return guard.problems;
    }

    /// <exception cref="BillingException"><c>invalid_request</c> with every problem, when there is one.</exception>
    public static void Require(JsonElement input, InputSchema schema)
    {
        var problems = Check(input, schema);
        if (problems.Count > 0)
        {
            throw Refusal(problems);
        }
    }

    /// <summary>One exception for a list of problems: the field is the first one's, the detail names each.</summary>
    public static BillingException Refusal(IReadOnlyList<Problem> problems, ErrorCode? code = null)
    {
        var lines = problems.Take(ProblemsInDetail).Select(p => $"{(p.Field.Length == 0 ? "the input" : p.Field)}: {p.Message}{(p.Hint is null ? "" : $" ({p.Hint})")}");
        string more = problems.Count > ProblemsInDetail ? $"; and {problems.Count - ProblemsInDetail} more" : "";
        string field = problems.Count == 0 ? "" : problems[0].Field;
        return new BillingException(code ?? ErrorCode.InvalidRequest, string.Join("; ", lines) + more, field.Length == 0 ? null : field) { Problems = problems };
    }

    private void Report(string pointer, string message, string? hint = null, JsonElement? found = null, string? allowed = null)
    {
        if (problems.Count < MaxProblems)
        {
            problems.Add(new(pointer, message, hint) { Found = found is { } value ? InputWords.Raw(value) : null, Allowed = allowed });
        }
    }

    private void Visit(JsonElement value, JsonObject schema, string pointer, int depth)
    {
        if (problems.Count >= MaxProblems)
        {
            return;
        }
        if (depth > BillingJsonOptions.MaxDepth)
        {
            Report(pointer, $"is nested deeper than {BillingJsonOptions.MaxDepth} levels");
            return;
        }
        if (value.ValueKind == JsonValueKind.Null && schema[JsonSchemas.NullableNote] is not null)
        {
            return;
        }
        if (schema["anyOf"] is JsonArray choices)
        {
            VisitChoices(value, choices, pointer, depth);
            return;
        }
        switch ((string?)schema["type"])
        {
            case "object":
                VisitObject(value, schema, pointer, depth);
                break;
            case "array":
                VisitArray(value, schema, pointer, depth);
                break;
            case "string":
                VisitString(value, schema, pointer);
                break;
            case "integer":
                VisitInteger(value, schema, pointer);
                break;
            case "number":
                Expect(value, JsonValueKind.Number, "a number", schema, pointer);
                break;
            case "boolean" when value.ValueKind is not (JsonValueKind.True or JsonValueKind.False):
                Report(pointer, $"must be true or false, but is {InputWords.Found(value)}", InputWords.FixForFlag(value, schema), value, "true or false");
                break;
            case "null" when value.ValueKind != JsonValueKind.Null:
                Report(pointer, $"must be null, but is {InputWords.Found(value)}", "Use null.", value, "null");
                break;
            case null:
                VisitAnything(value, pointer, depth);
                break;
            default:
                break;
        }
    }

    private void VisitChoices(JsonElement value, JsonArray choices, string pointer, int depth)
    {
        List<Problem>? nearest = null;
        foreach (var choice in choices.OfType<JsonObject>())
        {
            var attempt = new InputGuard(notYet);
            attempt.Visit(value, choice, pointer, depth);
            if (attempt.problems.Count == 0)
            {
                return;
            }
            // The choice of the value's own type explains best: "has more than 12 digits", not "must be null".
            if (nearest is null || (attempt.problems[0].Message.StartsWith("must be", StringComparison.Ordinal) ? 0 : 1) > (nearest[0].Message.StartsWith("must be", StringComparison.Ordinal) ? 0 : 1))
            {
                nearest = attempt.problems;
            }
        }
        if (nearest is not null && choices.Count > 2)
        {
            string types = string.Join(", ", choices.Select(c => (string?)c!["type"]));
            Report(pointer, nearest[0].Message.StartsWith("must be", StringComparison.Ordinal) ? $"must be one of {types}, but is {InputWords.Found(value)}" : nearest[0].Message, nearest[0].Hint, value, "one of " + types);
        }
        else
        {
            problems.AddRange((nearest ?? []).Take(MaxProblems - problems.Count));
        }
    }

    private void VisitObject(JsonElement value, JsonObject schema, string pointer, int depth)
    {
        if (!Expect(value, JsonValueKind.Object, "an object", schema, pointer))
        {
            return;
        }
        var properties = schema["properties"] as JsonObject;
        var others = schema["additionalProperties"];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            if (problems.Count >= MaxProblems)
            {
                // Looking for the nearest name costs a walk through the object: not for each of a hundred thousand fields.
                return;
            }
            if (TextOf(property, pointer) is not { } name)
            {
                continue;
            }
            string place = Under(pointer, name);
            if (!seen.Add(name))
            {
                Report(place, "is there twice");
            }
            else if (properties?[name] is JsonObject known)
            {
                // Many languages write an absent value as null: it means what leaving it out means.
                if (property.Value.ValueKind == JsonValueKind.Null && !IsRequired(schema, name))
                {
                    continue;
                }
                Visit(property.Value, known, place, depth + 1);
            }
            else if (others is JsonObject each)
            {
                Visit(property.Value, each, place, depth + 1);
            }
            else if (others is null && properties is null)
            {
                VisitAnything(property.Value, place, depth + 1);
            }
            else if (notYet.TryGetValue(name, out string? later))
            {
                Report(place, later, $"Remove {name}.", property.Value);
            }
            else
            {
                var names = properties?.Where(p => p.Value![JsonSchemas.UnpublishedNote] is null).Select(p => p.Key).ToArray() ?? [];
                string? hint = InputWords.FixForName(name, property.Value, names.Where(n => !value.TryGetProperty(n, out _))) ?? InputWords.FixForPlace(name, properties);
                Report(place, "is not a known field", hint ?? $"Remove {name}. Known fields: {string.Join(", ", names)}.", property.Value, string.Join(", ", names));
            }
        }
        foreach (var name in schema["required"] as JsonArray ?? [])
        {
            if (!seen.Contains((string)name!))
            {
                var wanted = properties?[(string)name!] as JsonObject ?? [];
                Report(Under(pointer, (string)name!), "is missing", InputWords.FixForMissing((string)name!, wanted), found: null, InputWords.Allowed(wanted));
            }
        }
    }

    private static bool IsRequired(JsonObject schema, string name) => schema["required"] is JsonArray required && required.Any(r => (string)r! == name);

    private void VisitArray(JsonElement value, JsonObject schema, string pointer, int depth)
    {
        if (!Expect(value, JsonValueKind.Array, "a list", schema, pointer))
        {
            return;
        }
        int count = value.GetArrayLength();
        if ((int?)schema["maxItems"] is { } most && count > most)
        {
            Report(pointer, $"has {count} items, at most {most} are allowed", allowed: $"at most {most} items");
            return;
        }
        if ((int?)schema["minItems"] is { } least && count < least)
        {
            Report(pointer, $"has {count} items, at least {least} are needed", found: value, allowed: $"at least {least} items");
        }
        int i = 0;
        foreach (var item in value.EnumerateArray())
        {
            string place = Under(pointer, i++.ToString(CultureInfo.InvariantCulture));
            if (schema["items"] is JsonObject items)
            {
                Visit(item, items, place, depth + 1);
            }
            else
            {
                VisitAnything(item, place, depth + 1);
            }
        }
    }

    private void VisitString(JsonElement value, JsonObject schema, string pointer)
    {
        bool isDecimal = (string?)schema["pattern"] == JsonSchemas.DecimalPattern;
        if (isDecimal && value.ValueKind is JsonValueKind.Number or JsonValueKind.String)
        {
            VisitDecimal(value, pointer);
            return;
        }
        string expected = isDecimal ? "a decimal number such as \"12.50\"" : schema["enum"] is JsonArray all ? "one of " + InputWords.Names(all) : "a text";
        if (!Expect(value, JsonValueKind.String, expected, schema, pointer) || TextOf(value, pointer) is not { } text)
        {
            return;
        }
        if (schema["enum"] is JsonArray names)
        {
            var known = names.Select(n => (string)n!).ToArray();
            if (!known.Contains(text, StringComparer.Ordinal))
            {
                Report(pointer, $"must be one of {InputWords.Names(names)}, but is {InputWords.Found(value)}", NearestName.Hint(text, known) ?? $"Use one of {InputWords.Names(names)}.", value, InputWords.Allowed(schema));
            }
        }
        else if ((string?)schema["format"] == "date-time")
        {
            if (!Instant.TryParse(text, out _))
            {
                Report(pointer, $"must be an RFC 3339 time with an offset in the years 2000 to 9999, but is {InputWords.Found(value)}", InputWords.FixForTime(text), value, "an RFC 3339 time");
            }
        }
        else
        {
            VisitText(text, value, schema, pointer);
        }
    }

    private void VisitText(string text, JsonElement value, JsonObject schema, string pointer)
    {
        if ((int?)schema["maxLength"] is { } most && text.Length > most)
        {
            Report(pointer, $"has {text.Length} characters, at most {most} are allowed", found: value, allowed: InputWords.Allowed(schema));
            return;
        }
        if ((int?)schema["minLength"] is { } least && text.Length < least)
        {
            Report(pointer, text.Length == 0 ? "is empty" : $"has {text.Length} characters, at least {least} are needed", found: value, allowed: InputWords.Allowed(schema));
            return;
        }
        RefuseControlCharacters(text, pointer);
        if ((string?)schema["pattern"] is { } pattern && !Patterns.GetOrAdd(pattern, p => new Regex(p, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)).IsMatch(text))
        {
            Report(pointer, $"is {InputWords.Found(value)}, which is not allowed", InputWords.FixForPattern(text, pattern) ?? (string?)schema[JsonSchemas.PatternNote] ?? $"It must match {pattern}.", value, (string?)schema[JsonSchemas.PatternNote] ?? pattern);
        }
    }

    private void VisitDecimal(JsonElement value, string pointer)
    {
        bool isNumber = value.ValueKind == JsonValueKind.Number;
        string? text = isNumber ? value.GetRawText() : TextOf(value, pointer);
        if (text is not null && Quantity.TryParse(text, isNumber, out _) is { } wrong)
        {
            Report(pointer, wrong.StartsWith("must", StringComparison.Ordinal) ? $"{wrong}, but is {InputWords.Found(value)}" : wrong, InputWords.FixForDecimal(text) ?? $"Use {InputWords.DecimalRule}.", value, InputWords.DecimalRule);
        }
    }

    private void VisitInteger(JsonElement value, JsonObject schema, string pointer)
    {
        bool isText = value.ValueKind == JsonValueKind.String && schema[JsonSchemas.TextNote] is not null && WholeNumber().IsMatch(TextOf(value, pointer) ?? "");
        if (!isText && !Expect(value, JsonValueKind.Number, "a whole number", schema, pointer))
        {
            return;
        }
        long least = (long?)schema["minimum"] ?? long.MinValue, most = (long?)schema["maximum"] ?? long.MaxValue;
        bool isWhole = isText ? long.TryParse(value.GetString(), out long number) : value.TryGetInt64(out number);
        if (!isWhole || number < least || number > most)
        {
            Report(pointer, $"must be a whole number from {least} to {most}, but is {InputWords.Found(value)}", InputWords.FixForWhole(value, least, most), value, InputWords.Allowed(schema));
        }
    }

    private void VisitAnything(JsonElement value, string pointer, int depth)
    {
        if (depth > BillingJsonOptions.MaxDepth)
        {
            Report(pointer, $"is nested deeper than {BillingJsonOptions.MaxDepth} levels");
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
            {
                if (TextOf(property, pointer) is { } name)
                {
                    VisitAnything(property.Value, Under(pointer, name), depth + 1);
                }
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            int i = 0;
            foreach (var item in value.EnumerateArray())
            {
                VisitAnything(item, Under(pointer, i++.ToString(CultureInfo.InvariantCulture)), depth + 1);
            }
        }
        else if (value.ValueKind == JsonValueKind.String)
        {
            TextOf(value, pointer);
        }
    }

    private bool Expect(JsonElement value, JsonValueKind kind, string expected, JsonObject schema, string pointer)
    {
        if (value.ValueKind == kind)
        {
            return true;
        }
        Report(pointer, $"must be {expected}, but is {InputWords.Found(value)}", InputWords.FixForKind(value, kind, schema) ?? $"Use {expected}.", value, InputWords.Allowed(schema) ?? expected);
        return false;
    }

    /// <summary>Line breaks belong in notes, never in names: an id with one forges log lines and never compares equal again.</summary>
    private void RefuseControlCharacters(string text, string pointer)
    {
        string name = pointer[(pointer.LastIndexOf('/') + 1)..];
        bool isName = name is "id" or "event_type" || name.EndsWith("_id", StringComparison.Ordinal) || name.EndsWith("_key", StringComparison.Ordinal);
        if (text.Any(c => char.IsControl(c) && (isName || c is not ('\n' or '\r' or '\t'))))
        {
            Report(pointer, "contains a control character");
        }
    }

    // A lone surrogate escape (\ud800) is valid JSON but no text; reading it throws.
    private string? TextOf(JsonElement value, string pointer)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            Report(pointer, "contains half of a surrogate pair, which is no character");
            return null;
        }
    }

    private string? TextOf(JsonProperty property, string pointer)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            Report(pointer, "has a field whose name contains half of a surrogate pair");
            return null;
        }
    }

    private static string Under(string pointer, string name) =>
        $"{pointer}/{(name.Length > 80 ? name[..80] + "…" : name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    [GeneratedRegex("^-?[0-9]{1,19}$", RegexOptions.CultureInvariant)]
    private static partial Regex WholeNumber();
}
