using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using McpBilling.Money;
using McpBilling.Portal;
using McpBilling.Server.Reports;

namespace McpBilling.Server.Portal;

/// <summary>
/// One language of the portal: its texts, and how it writes numbers, money and dates. All of it stands in one file (Text/en.txt …): the program runs without the
/// system's cultures (docs/decisions/0013).
/// </summary>
internal sealed class Language
{
    private static readonly Lazy<FrozenDictionary<string, Language>> All = new(static () =>
        PortalLanguages.All.Select(code => new Language(code)).ToFrozenDictionary(l => l.Code, StringComparer.Ordinal));

    private static readonly FrozenDictionary<string, string> Symbols =
        new Dictionary<string, string> { ["usd"] = "$", ["eur"] = "€", ["gbp"] = "£", ["jpy"] = "¥" }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly FrozenDictionary<string, string> texts;
    private readonly string digits;
    private readonly string[] months;
    private readonly string[] shortMonths;
    private readonly int groupFrom;

    private Language(string code)
    {
        Code = code;
        texts = Lines(code).ToFrozenDictionary(l => l.Key, l => l.Text, StringComparer.Ordinal);
        digits = this["number.digits"];
        months = this["months"].Split('|');
        shortMonths = this["months.short"].Split('|');
        groupFrom = int.Parse(this["number.group_from"], CultureInfo.InvariantCulture);
    }

    /// <summary>ISO 639-1.</summary>
    public string Code { get; }

    /// <summary>ltr or rtl.</summary>
    public string Direction => this["direction"];

    /// <summary>As it calls itself.</summary>
    public string Name => this["name"];

    public string this[string key] => texts.TryGetValue(key, out string? text) ? text : throw new KeyNotFoundException($"{Code}.txt has no {key}");

    /// <summary>Every key, for the test that no language lacks one.</summary>
    public IEnumerable<string> Keys => texts.Keys;

    public static Language Of(string code) => All.Value.GetValueOrDefault(code) ?? All.Value[PortalLanguages.Default];

    /// <summary>The best of what a browser asks for (Accept-Language), by its weights; null when it is none of ours.</summary>
    public static string? Accepted(string? header)
    {
        var wanted = (header ?? "").Split(',', 20).Select(part =>
        {
            string[] pieces = part.Split(';');
            string? weight = pieces.Skip(1).Select(p => p.Trim()).FirstOrDefault(p => p.StartsWith("q=", StringComparison.OrdinalIgnoreCase));
            double q = weight is null ? 1 : double.TryParse(weight.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double given) ? given : 0;
            return (Code: PortalLanguages.Of(pieces[0]), Weight: q);
        });
        return wanted.Where(w => w.Code is not null && w.Weight > 0).OrderByDescending(w => w.Weight).Select(w => w.Code).FirstOrDefault();
    }

    public bool Has(string key) => texts.ContainsKey(key);

    /// <summary>A text with values in it, as plain text: for attributes and titles.</summary>
    public string Text(string key, params ReadOnlySpan<(string Name, string Value)> values)
    {
        string text = this[key];
        foreach (var (name, value) in values)
        {
            text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
        }
        return text;
    }

    /// <summary>A text with values in it, each isolated, so that an id or a figure does not turn the direction of the words around it.</summary>
    public Html Phrase(string key, params ReadOnlySpan<(string Name, string Value)> values)
    {
        var html = new Html();
        string rest = this[key];
        while (rest.Length > 0)
        {
            int open = rest.IndexOf('{', StringComparison.Ordinal);
            int close = open < 0 ? -1 : rest.IndexOf('}', open);
            if (close < 0)
            {
                return html.Add($"{rest}");
            }
            string name = rest[(open + 1)..close];
            string value = "";
            foreach (var given in values)
            {
                value = given.Name == name ? given.Value : value;
            }
            html.Add($"{rest[..open]}<bdi>{value}</bdi>");
            rest = rest[(close + 1)..];
        }
        return html;
    }

    /// <summary>A number as this language writes it.</summary>
    /// <param name="least">Digits after the point that are always shown.</param>
    /// <param name="most">At most so many, rounded.</param>
    public string Number(decimal value, int least = 0, int most = 0)
    {
        string plain = Math.Abs(value).ToString("0." + new string('0', least) + new string('#', Math.Max(0, most - least)), CultureInfo.InvariantCulture);
        int point = plain.IndexOf('.', StringComparison.Ordinal);
        string whole = point < 0 ? plain : plain[..point];
        var text = new StringBuilder(value < 0 ? "−" : "");
        for (int i = 0; i < whole.Length; i++)
        {
            text.Append(digits[whole[i] - '0']);
            if (whole.Length >= groupFrom && i < whole.Length - 1 && (whole.Length - 1 - i) % 3 == 0)
            {
                text.Append(this["number.group"]);
            }
        }
        if (point >= 0)
        {
            text.Append(this["number.decimal"]);
            foreach (char digit in plain.AsSpan(point + 1))
            {
                text.Append(digits[digit - '0']);
            }
        }
        return text.ToString();
    }

    /// <summary>Every digit of an amount: for entries and receipts.</summary>
    public string Exact(Asset asset, decimal amount) => Money(asset, amount, asset.MinorDigits, asset.Scale);

    /// <summary>An amount for reading: cut, never rounded up, so that nobody is shown more than they have.</summary>
    public string Figure(Asset asset, decimal amount)
    {
        int digits = asset.IsCurrency ? asset.MinorDigits : 2;
        // Of what is less than one the first three digits that say something.
        decimal cut = Cut(amount, Math.Abs(amount) >= 1 ? digits : Math.Min(9, Zeros(amount) + 3));
        return cut == 0 && amount != 0 ? Exact(asset, amount) : Money(asset, cut, asset.MinorDigits, Math.Max(digits, 9));
    }

    public string Date(DateOnly day) => Text("date.long", ("day", Whole(day.Day)), ("month", months[day.Month - 1]), ("year", Whole(day.Year)));

    public string Month(int year, int month) => Text("date.month", ("month", months[month - 1]), ("year", Whole(year)));

    public string ShortDate(DateOnly day) => Text("date.short", ("day", Whole(day.Day)), ("mon", shortMonths[day.Month - 1]));

    public string Time(DateTime local) =>
        Text("date.time", ("date", Date(DateOnly.FromDateTime(local))), ("time", $"{Whole(local.Hour, 2)}:{Whole(local.Minute, 2)}"));

    /// <summary>An amount as somebody typed it: digits and at most one decimal point, no grouping, since what groups here is a point elsewhere.</summary>
    /// <returns>False: it is none.</returns>
    public bool TryRead(string typed, out decimal amount)
    {
        amount = 0;
        var plain = new StringBuilder();
        bool negative = false, pointed = false;
        foreach (char c in typed.Trim())
        {
            int digit = c is >= '0' and <= '9' ? c - '0' : digits.IndexOf(c, StringComparison.Ordinal);
            if (digit >= 0)
            {
                plain.Append((char)('0' + digit));
            }
            // Who writes with other digits may well type these on a Latin keyboard; then the point is a point.
            else if (!pointed && (c == this["number.decimal"][0] || (digits[0] != '0' && c == '.')))
            {
                plain.Append('.');
                pointed = true;
            }
            else if (plain.Length == 0 && !negative && c is '-' or '−')
            {
                negative = true;
            }
            else
            {
                return false;
            }
        }
        string text = plain.ToString();
        if (text.Length is 0 or > 28 || text[0] == '.' || text[^1] == '.' || !decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount))
        {
            return false;
        }
        amount = negative ? -amount : amount;
        return true;
    }

    /// <summary>An amount as <see cref="TryRead"/> takes it, for a form's field.</summary>
    public string Typed(decimal amount, int least)
    {
        string plain = amount.ToString("0." + new string('0', least) + new string('#', 12), CultureInfo.InvariantCulture);
        return string.Concat(plain.Select(c => c == '.' ? this["number.decimal"] : digits[c - '0'].ToString()));
    }

    private string Money(Asset asset, decimal amount, int least, int most)
    {
        string number = Number(Math.Abs(amount), least, most);
        string money = !asset.IsCurrency ? Text("money.unit", ("number", number), ("unit", asset.Name))
            : Symbols.TryGetValue(asset.Id, out string? symbol) ? Text("money.symbol", ("number", number), ("symbol", symbol))
            : Text("money.code", ("number", number), ("code", asset.Id.ToUpperInvariant()));
        return amount < 0 ? Text("money.minus", ("money", money)) : money;
    }

    private string Whole(int number, int width = 1) => string.Concat(number.ToString(new string('0', width), CultureInfo.InvariantCulture).Select(c => digits[c - '0']));

    private static int Zeros(decimal amount)
    {
        int zeros = 0;
        for (decimal rest = Math.Abs(amount) * 10; rest is > 0 and < 1 && zeros < 12; rest *= 10)
        {
            zeros++;
        }
        return zeros;
    }

    private static decimal Cut(decimal amount, int digits)
    {
        decimal times = (decimal)Math.Pow(10, digits);
        return Math.Truncate(amount * times) / times;
    }

    private static IEnumerable<(string Key, string Text)> Lines(string code)
    {
        using var reader = new StreamReader(typeof(Language).Assembly.GetManifestResourceStream($"portal/text/{code}.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                int equals = line.IndexOf(" = ", StringComparison.Ordinal);
                yield return (line[..equals], line[(equals + 3)..]);
            }
        }
    }
}
