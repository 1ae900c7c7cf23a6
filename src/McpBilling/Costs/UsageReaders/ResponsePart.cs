using System.Globalization;
using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs.UsageReaders;

/// <summary>
/// A part of a provider's response and where it stands, so that a refusal names the field. What a reader does not ask for is not looked at: new fields change nothing.
/// A missing field and a null one are the same: providers write either.
/// </summary>
internal readonly struct ResponsePart
{
    /// <summary>Far above any response or any period of one; within it every product of quantity and rate is exact.</summary>
    private const decimal Most = 1_000_000_000_000_000m;

    private const int MostName = 200;

    private readonly JsonElement value;

    private ResponsePart(JsonElement value, string path) => (this.value, Path) = (value, path);

    /// <summary>Where it stands, dotted: <c>response.usage.prompt_tokens_details</c>.</summary>
    public string Path { get; }

    /// <summary>Whether there is an object here.</summary>
    public bool Exists => value.ValueKind == JsonValueKind.Object;

    /// <summary>The whole response.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>: no object.</exception>
    public static ResponsePart Whole(JsonElement response, string path = "response") =>
        response.ValueKind == JsonValueKind.Object ? new(response, path) : throw Refusal(path, Said(response), "an object: the response as the provider sent it");

    /// <summary>Where something might have been.</summary>
    public static ResponsePart Absent(string path) => new(default, path);

    public bool Has(string name) => Get(name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>An object within; one that does not exist where the field is absent.</summary>
    public ResponsePart Part(string name)
    {
        var found = Get(name);
        return found.ValueKind is JsonValueKind.Object or JsonValueKind.Undefined or JsonValueKind.Null
            ? new(found, $"{Path}.{name}")
            : throw Refusal($"{Path}.{name}", Said(found), "an object");
    }

    /// <summary>The objects of a list within; none where the field is absent.</summary>
    public IEnumerable<ResponsePart> List(string name)
    {
        var found = Get(name);
        string path = $"{Path}.{name}";
        return found.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            JsonValueKind.Array => Items(found, path),
            _ => throw Refusal(path, Said(found), "a list"),
        };
    }

    /// <summary>The objects of a list, each with its place in its path.</summary>
    public static IEnumerable<ResponsePart> Items(JsonElement list, string path) =>
        list.EnumerateArray().Select((item, i) => new ResponsePart(item, $"{path}[{i}]")).Where(part => part.Exists);

    /// <summary>A field as it stands, of kind Undefined where it is absent: for a reader that counts or compares what it never keeps.</summary>
    public JsonElement Raw(string name) => Get(name);

    /// <summary>The names of the fields, for a reader whose format leaves them free.</summary>
    public IEnumerable<string> Names => Exists ? value.EnumerateObject().Select(p => p.Name) : [];

    /// <summary>A count: whole and not negative; null where it is absent.</summary>
    public decimal? Count(string name)
    {
        decimal? number = Measure(name);
        return number is { } n && n != decimal.Truncate(n) ? throw Refused(name, "a whole number") : number;
    }

    /// <summary>A count that is part of a larger one; zero where it is absent.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c> naming the part when it is greater.</exception>
    public decimal CountWithin(string name, decimal whole, string wholeName)
    {
        decimal part = Count(name) ?? 0;
        return part <= whole ? part : throw Refused(name, $"at most {Plain(whole)}, what is left of {wholeName}");
    }

    /// <summary>A quantity that may have a fraction: seconds, token hours.</summary>
    public decimal? Measure(string name)
    {
        var found = Get(name);
        if (found.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }
        bool isNumber = found.ValueKind == JsonValueKind.Number && found.TryGetDecimal(out _);
        decimal number = isNumber ? found.GetDecimal() : -1;
        return number is < 0 or > Most ? throw Refused(name, "a number from 0 to 10^15") : number;
    }

    /// <summary>As <see cref="Measure"/>, for formats whose numbers travel as text too (OTLP's integers, our own quantities).</summary>
    public decimal? MeasureOrText(string name)
    {
        var found = Get(name);
        if (found.ValueKind != JsonValueKind.String)
        {
            return Measure(name);
        }
        bool isNumber = decimal.TryParse(found.GetString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number);
        return isNumber && number <= Most ? number : throw Refused(name, "a number from 0 to 10^15");
    }

    /// <summary>As <see cref="Count"/>, for such formats.</summary>
    public decimal? CountOrText(string name)
    {
        decimal? number = MeasureOrText(name);
        return number is { } n && n != decimal.Truncate(n) ? throw Refused(name, "a whole number") : number;
    }

    /// <summary>A name or an id; null where it is absent or empty. Nothing longer is taken: no text of a prompt or an answer gets through.</summary>
    public string? Name(string name, int most = MostName)
    {
        var found = Get(name);
        if (found.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }
        string? text = found.ValueKind == JsonValueKind.String ? found.GetString() : null;
        return text is { Length: 0 } ? null
            : text is not null && PlainText.Fits(text, most) ? text
            : throw Refused(name, $"a name of at most {most} printable ASCII characters");
    }

    /// <summary>A word that decides something (a type, a tier) and is not kept.</summary>
    public bool Is(string name, string word) => Get(name) is { ValueKind: JsonValueKind.String } found && found.ValueEquals(word);

    /// <exception cref="BillingException">To be thrown: the field, what stands there, what may.</exception>
    public BillingException Refused(string name, string allowed) => Refusal($"{Path}.{name}", Said(Get(name)), allowed);

    private JsonElement Get(string name) => Exists && value.TryGetProperty(name, out var found) ? found : default;

    private static BillingException Refusal(string path, string found, string allowed) =>
        new(ErrorCode.InvalidRequest, $"{path} is {found}; it must be {allowed}.", path);

    // A text is not repeated: what stands where a number should may be anything, a secret too.
    private static string Said(JsonElement value) => value.ValueKind == JsonValueKind.String ? "a text" : InputWords.Found(value);

    private static string Plain(decimal number) => Quantity.Format(number);
}
