using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpBilling.Server.Tests.Mcp.Recovery;

/// <summary>
/// Does what a hint says, and nothing else: a reader without any understanding of billing. What only the caller can know (which customer, how much) it
/// takes from <paramref name="knows"/>, by the name that the refusal gives.
/// </summary>
internal sealed partial class HintReader(Attempt attempt, JsonObject knows)
{
    /// <summary>Tools that the hint wants called before the next try, with their arguments.</summary>
    public List<(string Tool, JsonObject Arguments)> CallFirst { get; } = [];

    /// <returns>False when no form of hint was found: the message leaves the caller alone.</returns>
    public bool Follow(string pointer, string message, string hint) =>
        Renamed(pointer, message, hint) || Unpacked(pointer, hint) || Moved(pointer, hint) || Sorted(pointer, hint) || Swapped(hint) || Edited(pointer, hint)
        || Sent(pointer, hint) || Called(pointer, message, hint) || Told(pointer, hint);

    /// <summary>Of "Remove x, or set y to z" the first way that is named.</summary>
    private bool Edited(string pointer, string hint)
    {
        (Regex Form, Func<string, string, bool> Do)[] forms = [(Use(), Used), (Add(), Added), (Set(), SetOther), (Remove(), Removed)];
        return forms.Select(f => (At: f.Form.Match(hint), f.Do)).Where(f => f.At.Success).OrderBy(f => f.At.Index).Any(f => f.Do(pointer, hint));
    }

    private bool Unpacked(string pointer, string hint)
    {
        if (!hint.Contains("the JSON itself, not a text of it", StringComparison.Ordinal))
        {
            return false;
        }
        attempt.Set(pointer, JsonNode.Parse(attempt.At(pointer)!.GetValue<string>()));
        return true;
    }

    private bool Moved(string pointer, string hint)
    {
        if (Move().Match(hint) is not { Success: true } move)
        {
            return false;
        }
        string part = $"{Attempt.Parent(pointer)}/{move.Groups[2].Value}";
        var value = attempt.At(pointer)?.DeepClone();
        attempt.Remove(pointer);
        if (attempt.At(part) is JsonArray list)
        {
            foreach (int i in Enumerable.Range(0, list.Count))
            {
                attempt.Set($"{part}/{i}/{Attempt.Name(pointer)}", value?.DeepClone());
            }
            return true;
        }
        attempt.Set($"{part}/{Attempt.Name(pointer)}", value);
        return true;
    }

    private bool Renamed(string pointer, string message, string hint)
    {
        if (NearName().Match(hint) is not { Success: true } near)
        {
            return false;
        }
        string name = near.Groups[1].Value;
        if (!message.Contains("not a known field", StringComparison.Ordinal))
        {
            attempt.Set(pointer, name);
            return true;
        }
        var value = attempt.At(pointer)?.DeepClone();
        attempt.Remove(pointer);
        if (InCents().Match(hint) is { Success: true } cents)
        {
            value = cents.Groups[1].Value;
        }
        else if (hint.Contains("in whole units of the asset", StringComparison.Ordinal) && (string?)knows["unit"] == "cents")
        {
            value = (decimal.Parse(value!.ToString()) / 100).ToString();
        }
        attempt.Set($"{Attempt.Parent(pointer)}/{name}", value);
        return true;
    }

    private bool Sorted(string pointer, string hint)
    {
        if (!hint.StartsWith("Sort the tiers by up_to", StringComparison.Ordinal))
        {
            return false;
        }
        string list = pointer[..(pointer.IndexOf("/tiers", StringComparison.Ordinal) + "/tiers".Length)];
        var sorted = attempt.At(list)!.AsArray().OrderBy(t => t!["up_to"] is { } bound ? decimal.Parse(bound.ToString()) : decimal.MaxValue).Select(t => t!.DeepClone());
        attempt.Set(list, new JsonArray([.. sorted]));
        return true;
    }

    private bool Swapped(string hint)
    {
        if (Swap().Match(hint) is not { Success: true } pair)
        {
            return false;
        }
        var (one, other) = (attempt.At("/" + pair.Groups[1].Value)?.DeepClone(), attempt.At("/" + pair.Groups[2].Value)?.DeepClone());
        attempt.Set("/" + pair.Groups[1].Value, other);
        attempt.Set("/" + pair.Groups[2].Value, one);
        return true;
    }

    private bool Used(string pointer, string hint)
    {
        if (Use().Match(hint) is not { Success: true } use || Value(hint[(use.Index + use.Length)..]) is not { Found: true } value)
        {
            return false;
        }
        attempt.Set(pointer, value.Node);
        return true;
    }

    private bool Added(string pointer, string hint)
    {
        if (Add().Match(hint) is not { Success: true } add)
        {
            return false;
        }
        string name = add.Groups[1].Value;
        string place = name.Contains('.', StringComparison.Ordinal) ? pointer : Attempt.Name(pointer) == name ? pointer
            : attempt.At(pointer) is JsonObject ? $"{pointer}/{name}" : $"{Attempt.Parent(pointer)}/{name}";
        if (attempt.Has(place))
        {
            return true; // a rename has brought it already
        }
        if (knows[Attempt.Name(place)] is { } known)
        {
            attempt.Set(place, known.DeepClone());
            return true;
        }
        if (add.Groups[2].Length > 0 && Value(hint[(add.Index + add.Length)..]) is { Found: true } value)
        {
            attempt.Set(place, value.Node);
            return true;
        }
        return false;
    }

    private bool SetOther(string pointer, string hint)
    {
        if (Set().Match(hint) is not { Success: true } set || Value(hint[(set.Index + set.Length)..]) is not { Found: true } value)
        {
            return false;
        }
        string name = set.Groups[1].Value;
        attempt.Set(Attempt.Name(pointer) == name ? pointer : $"{Attempt.Parent(pointer)}/{name}", value.Node);
        return true;
    }

    private bool Removed(string pointer, string hint)
    {
        if (Remove().Match(hint) is not { Success: true } remove)
        {
            return false;
        }
        string[] names = [.. remove.Groups.Values.Skip(1).Where(g => g.Success).Select(g => g.Value)];
        if (names[0] is "this" or "it" or "the")
        {
            string item = pointer;
            while (item.Length > 0 && !int.TryParse(Attempt.Name(item), out _))
            {
                item = Attempt.Parent(item);
            }
            attempt.Remove(item);
            return true;
        }
        bool removed = false;
        foreach (string name in names)
        {
            string place = Attempt.Name(pointer) == name ? pointer : attempt.Has($"{pointer}/{name}") ? $"{pointer}/{name}" : $"{Attempt.Parent(pointer)}/{name}";
            removed |= attempt.Has(place);
            attempt.Remove(place);
        }
        return removed;
    }

    private bool Sent(string pointer, string hint)
    {
        if (hint.Contains("use a new key", StringComparison.Ordinal))
        {
            attempt.Set("/idempotency_key", attempt.At("/idempotency_key") + "-new");
            return true;
        }
        if (hint.Contains("get_catalog and repeat your change on that version", StringComparison.Ordinal))
        {
            CallFirst.Add(("get_catalog", []));
            return true;
        }
        if (Send().Match(hint) is not { Success: true } send)
        {
            return false;
        }
        string place = attempt.At(pointer) is JsonObject ? pointer : "";
        attempt.Set($"{place}/{send.Groups[1].Value}", send.Groups[2].Value is "true" or "false" ? JsonNode.Parse(send.Groups[2].Value) : send.Groups[2].Value);
        return true;
    }

    private bool Called(string pointer, string message, string hint)
    {
        if (ArchiveFirst().Match(message) is { Success: true } users)
        {
            CallFirst.Add(("archive_catalog_item", new JsonObject { ["kind"] = "price", ["id"] = users.Groups[1].Value, ["confirm"] = true }));
            return true;
        }
        foreach (Match tool in ToolName().Matches(hint))
        {
            string name = tool.Value;
            if (knows[name] is JsonObject own)
            {
                bool instead = (bool?)own["instead"] == true;
                var arguments = (JsonObject)own.DeepClone();
                arguments.Remove("instead");
                if (instead)
                {
                    attempt.Tool = name;
                    attempt.Arguments.Clear();
                    foreach (var (field, value) in arguments.ToArray())
                    {
                        arguments.Remove(field);
                        attempt.Arguments[field] = value;
                    }
                }
                else
                {
                    CallFirst.Add((name, arguments));
                }
                return true;
            }
            if (name is "define_asset" or "define_product" or "save_customer")
            {
                CallFirst.Add((name, new JsonObject { ["id"] = attempt.At(pointer)!.ToString() }));
                return true;
            }
        }
        return false;
    }

    /// <summary>The refusal names a field and what belongs into it; the caller knows that.</summary>
    private bool Told(string pointer, string hint)
    {
        if (knows[Attempt.Name(pointer)] is { } known)
        {
            attempt.Set(pointer, known.DeepClone());
            return true;
        }
        if (knows.FirstOrDefault(k => Regex.IsMatch(hint, $"\\b{Regex.Escape(k.Key)}\\b")) is { Key: { } mentioned, Value: { } value })
        {
            attempt.Set($"{(attempt.At(pointer) is JsonObject ? pointer : Attempt.Parent(pointer))}/{mentioned}", value.DeepClone());
            return true;
        }
        return SuchAs().Match(hint) is { Success: true } example && SetTo(pointer, example.Groups[1].Value);
    }

    private bool SetTo(string pointer, string value)
    {
        attempt.Set(pointer, value);
        return true;
    }

    /// <summary>The JSON value, or bare word, with which a text begins.</summary>
    private static (bool Found, JsonNode? Node) Value(string text)
    {
        if (text.Length > 0 && (text[0] is '"' or '[' or '{' or '-' || char.IsAsciiDigit(text[0]) || Keyword().IsMatch(text)))
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(Keyword().Match(text) is { Success: true } word ? word.Value : Number().Match(text) is { Success: true } number ? number.Value : text), isFinalBlock: true, default);
            try
            {
                return (true, JsonNode.Parse(ref reader));
            }
            catch (JsonException)
            {
                return (false, null);
            }
        }
        return (false, null);
    }

    [GeneratedRegex("Did you mean \"([^\"]+)\"\\?")]
    private static partial Regex NearName();

    [GeneratedRegex("use \"([0-9.]+)\" for [0-9.]+ cents")]
    private static partial Regex InCents();

    [GeneratedRegex("Move ([a-z_]+) into (?:each of )?([a-z_]+)")]
    private static partial Regex Move();

    [GeneratedRegex("Swap ([a-z_]+) and ([a-z_]+)")]
    private static partial Regex Swap();

    [GeneratedRegex("\\bUse (?:an? [a-z ]+ such as )?(?=[\"\\[{0-9tf-])")]
    private static partial Regex Use();

    [GeneratedRegex("\\bAdd ([a-z_.]+)(: )?")]
    private static partial Regex Add();

    [GeneratedRegex("\\b[Ss]et ([a-z_]+) to ")]
    private static partial Regex Set();

    [GeneratedRegex("\\bRemove ([a-z_]+)(?: and ([a-z_]+))?")]
    private static partial Regex Remove();

    [GeneratedRegex("\\b([a-z]+(?:_[a-z]+)*): (true|debt)\\b")]
    private static partial Regex Send();

    [GeneratedRegex("still used by price ([a-z0-9_-]+)")]
    private static partial Regex ArchiveFirst();

    [GeneratedRegex("\\b(?:define|save|record|authorize|reverse|grant|list|capture|adjust)_[a-z_]+")]
    private static partial Regex ToolName();

    [GeneratedRegex("such as \"?([^\" ,;)]+?)\"?[.,;)]?(?: |$)")]
    private static partial Regex SuchAs();

    [GeneratedRegex("^(?:true|false|null)\\b")]
    private static partial Regex Keyword();

    [GeneratedRegex("^-?[0-9]+(?:\\.[0-9]+)?")]
    private static partial Regex Number();
}
