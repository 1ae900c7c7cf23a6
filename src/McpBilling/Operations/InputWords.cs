using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpBilling.Money;

namespace McpBilling.Operations;

/// <summary>
/// What the guard says of a value: what was found, what is allowed, and the fix as something to do, in the forms that <see cref="Problem.Hint"/> names,
/// so that a model can follow it without reading anything else.
/// </summary>
public static partial class InputWords
{
    public const string DecimalRule = "a decimal number such as \"12.50\", at most 12 digits after the point, at most 10^15";

    private const int MaxRaw = 200;

    /// <summary>The value in words.</summary>
    public static string Found(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => "the number " + Cut(value.GetRawText(), 42),
        JsonValueKind.String => $"the text {Cut(value.GetRawText(), 42)}",
        _ => "missing",
    };

    /// <summary>The value as JSON, cut when it is long.</summary>
    public static string Raw(JsonElement value) => Cut(value.GetRawText(), MaxRaw);

    public static string Names(JsonArray names) => string.Join(", ", names.Select(n => (string)n!));

    /// <summary>What a schema allows, in words; null when that is anything.</summary>
    public static string? Allowed(JsonObject schema)
    {
        if (schema["enum"] is JsonArray names)
        {
            return Names(names);
        }
        if (schema["anyOf"] is JsonArray choices)
        {
            return string.Join(", or ", choices.OfType<JsonObject>().Select(c => Allowed(c) ?? (string?)c["type"]));
        }
        return (string?)schema["type"] switch
        {
            "integer" when schema["minimum"] is { } least && schema["maximum"] is { } most => $"a whole number from {least} to {most}",
            "string" when (string?)schema["pattern"] == JsonSchemas.DecimalPattern => DecimalRule,
            "string" when (string?)schema["format"] == "date-time" => "an RFC 3339 time",
            "string" when schema["maxLength"] is { } most => $"a text of {schema["minLength"]?.ToString() ?? "0"} to {most} characters",
            "string" => "a text",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => schema["properties"] is JsonObject fields
                ? "an object of " + string.Join(", ", fields.Where(f => f.Value![JsonSchemas.UnpublishedNote] is null).Select(f => f.Key))
                : "an object",
            _ => null,
        };
    }

    /// <summary>
    /// A field under another name. Names of money get a word about units: models write cents where whole units are meant, and a price a hundred times
    /// too high is worse than a refused one.
    /// </summary>
    public static string? FixForName(string name, JsonElement value, IEnumerable<string> fields)
    {
        if (NearestName.Of(name, fields) is not { } near)
        {
            return null;
        }
        string fix = $"Did you mean \"{near}\"?";
        bool isMoney = near is "amount" or "unit_price" or "flat_price" or "package_price" or "fixed_per_event";
        if (!isMoney || name.Contains("prise", StringComparison.OrdinalIgnoreCase))
        {
            return fix;
        }
        bool isNumber = decimal.TryParse(Plain(value), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number);
        return isNumber && name.Contains("cent", StringComparison.OrdinalIgnoreCase)
            ? $"{fix} Amounts are in whole units of the asset, so use \"{Quantity.Format(number / 100)}\" for {Quantity.Format(number)} cents."
            : $"{fix} Amounts are in whole units of the asset: \"0.04\" for 4 cents.";
    }

    /// <summary><c>Add event_type: "image.generated". …</c></summary>
    public static string FixForMissing(string name, JsonObject schema)
    {
        string description = (string?)schema["description"] ?? "";
        string example = schema["enum"] is JsonArray { Count: > 0 } names ? $"\"{names[0]}\""
            : (string?)schema["type"] == "array" ? "[]"
            : Example().Match(description) is { Success: true } found ? $"\"{found.Groups[1].Value.Trim('"').TrimEnd('.')}\""
            : "";
        return $"Add {name}{(example.Length == 0 ? "" : ": " + example)}. {description}".TrimEnd();
    }

    /// <summary>A text that someone would write for a number: <c>$0.04</c>, <c>0,04</c>, <c>4 cents</c>, <c>2.9 %</c>, <c>1,000</c>, <c>10k</c>.</summary>
    public static string? FixForDecimal(string text)
    {
        var match = Decimal().Match(text);
        if (!match.Success)
        {
            return null;
        }
        string digits = match.Groups["number"].Value.Replace("_", "", StringComparison.Ordinal);
        if (digits.Contains(',', StringComparison.Ordinal))
        {
            // One comma that is not before three digits is a decimal point; else commas part thousands.
            digits = !digits.Contains('.', StringComparison.Ordinal) && digits.Count(c => c == ',') == 1 && (digits.Length - digits.IndexOf(',', StringComparison.Ordinal) != 4 || digits.StartsWith("0,", StringComparison.Ordinal))
                ? digits.Replace(',', '.')
                : digits.Replace(",", "", StringComparison.Ordinal);
        }
        if (Quantity.TryParse(digits, allowExponent: true, out decimal number) is not null)
        {
            return null;
        }
        decimal? meant = match.Groups["unit"].Value.ToUpperInvariant() switch
        {
            "C" or "¢" or "CENT" or "CENTS" => number / 100,
            "K" => Math.Abs(number) < 1_000_000_000 ? number * 1_000 : null,
            "M" => Math.Abs(number) < 1_000_000_000 ? number * 1_000_000 : null,
            _ => number,
        };
        return meant is { } value ? $"Use \"{Quantity.Format(value)}\"." : null;
    }

    public static string FixForTime(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? $"Use \"{text}T00:00:00Z\"."
        : LocalTime().IsMatch(text) ? $"Use \"{text.Replace(' ', 'T')}Z\"."
        : "Write it as 2026-11-24T10:00:00Z.";

    public static string? FixForWhole(JsonElement value, long least, long most)
    {
        if (!decimal.TryParse(Plain(value), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number))
        {
            return null;
        }
        return string.Create(CultureInfo.InvariantCulture, $"Use {(long)Math.Clamp(Math.Truncate(number), least, most)}.");
    }

    public static string? FixForFlag(JsonElement value, JsonObject schema) => Plain(value).ToUpperInvariant() switch
    {
        _ when OmitHint(value, schema) is { } omit => omit,
        "TRUE" or "YES" or "ON" or "1" => "Use true.",
        "FALSE" or "NO" or "OFF" or "0" => "Use false.",
        _ => "Use true or false.",
    };

    /// <summary>A value of another JSON type than the field's: the same said in the right one.</summary>
    public static string? FixForKind(JsonElement value, JsonValueKind wanted, JsonObject schema)
    {
        if (OmitHint(value, schema) is { } omit)
        {
            return omit;
        }
        if (value.ValueKind == JsonValueKind.String && IsTextOf(wanted, value))
        {
            return "Send the JSON itself, not a text of it.";
        }
        bool isPlain = value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False;
        string? fixedValue = (value.ValueKind, wanted) switch
        {
            (_, JsonValueKind.String) when isPlain && schema["enum"] is null && schema["format"] is null => $"\"{value.GetRawText()}\"",
            (JsonValueKind.String, JsonValueKind.Number) when decimal.TryParse(Plain(value), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) => Quantity.Format(number),
            (JsonValueKind.Array, JsonValueKind.Object or JsonValueKind.String) when value.GetArrayLength() == 1 => value[0].GetRawText(),
            (JsonValueKind.Object, JsonValueKind.Array) => AsList(value, schema["items"] as JsonObject),
            (not (JsonValueKind.Null or JsonValueKind.Array), JsonValueKind.Array) => $"[{(isPlain && IsText(schema["items"]) ? $"\"{value.GetRawText()}\"" : value.GetRawText())}]",
            _ => null,
        };
        return fixedValue is { Length: <= MaxRaw } ? $"Use {fixedValue}." : null;
    }

    /// <summary>A text of which only some characters are not allowed: the same with those replaced.</summary>
    public static string? FixForPattern(string text, string pattern)
    {
        string plain = Unprintable().Replace(text, "_").Trim('_');
        return plain != text && Regex.IsMatch(plain, pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant) ? $"Use \"{plain}\"." : null;
    }

    /// <summary>A field of one of the parts, written beside them: <c>Move free_units into each of prices.</c></summary>
    public static string? FixForPlace(string name, JsonObject? properties)
    {
        static bool Has(JsonObject? part, string name) => (part?["properties"] as JsonObject)?[name] is JsonObject field && field[JsonSchemas.UnpublishedNote] is null;
        foreach (var (part, schema) in properties ?? [])
        {
            if (Has(schema as JsonObject, name))
            {
                return $"Move {name} into {part}.";
            }
            if (Has(schema!["items"] as JsonObject, name))
            {
                return $"Move {name} into each of {part}.";
            }
        }
        return null;
    }

    // Models often write JSON twice: a document as the text of a document.
    private static bool IsTextOf(JsonValueKind wanted, JsonElement value)
    {
        try
        {
            string text = value.ToString().Trim();
            return text.StartsWith(wanted == JsonValueKind.Object ? '{' : '[') && JsonElement.Parse(text).ValueKind == wanted;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // no JSON, or half a surrogate pair, which cannot be read as text at all
        }
    }

    public static string? OmitHint(JsonElement value, JsonObject schema) =>
        value.ValueKind == JsonValueKind.Null && schema["default"] is { } usual ? $"Leave it out for the default, {usual.ToJsonString()}." : null;

    // {"credits": {"scale": 2}} for [{"id": "credits", "scale": 2}]: items by their ids, as other tools write them.
    private static string? AsList(JsonElement value, JsonObject? item)
    {
        if (value.GetRawText().Contains('\\', StringComparison.Ordinal))
        {
            return null;
        }
        var fields = value.EnumerateObject().ToArray();
        bool byId = (item?["properties"] as JsonObject)?["id"] is not null && fields.All(f => f.Value.ValueKind == JsonValueKind.Object && !f.Value.TryGetProperty("id", out _));
        return byId
            ? $"[{string.Join(',', fields.Select(f => $"{{\"id\":\"{JsonEncodedText.Encode(f.Name)}\"{(f.Value.EnumerateObject().Any() ? "," + f.Value.GetRawText()[1..] : "}")}"))}]"
            : fields.Length > 0 && (string?)item?["type"] == "object" ? $"[{value.GetRawText()}]" : null;
    }

    // What is worth guessing at needs no escapes; and half a surrogate pair cannot be read as text at all.
    private static string Plain(JsonElement value) => value.GetRawText() is var raw && raw.Contains('\\', StringComparison.Ordinal) ? "" : raw.Trim('"');

    private static bool IsText(JsonNode? schema) => (string?)(schema as JsonObject)?["type"] == "string";

    private static string Cut(string raw, int most) => raw.Length > most ? raw[..(most - 2)] + "…" : raw;

    [GeneratedRegex("[^!-~]+", RegexOptions.CultureInvariant)]
    private static partial Regex Unprintable();

    [GeneratedRegex("such as (\"[^\"]+\"|[^ ,;:)]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Example();

    [GeneratedRegex(@"\A\s*[$€£]?\s*(?<number>-?[0-9][0-9,_]*(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?)\s*(?<unit>[kKmM%¢cC]|cents?|[a-z]{3}|[$€£])?\s*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"\A\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LocalTime();
}
