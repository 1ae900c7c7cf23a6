using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using McpBilling.Money;

namespace McpBilling.Costs.PriceImports;

/// <summary>What an import does with a price.</summary>
public enum PriceAction
{
    /// <summary>The book has no such model, or no such conditional price of it.</summary>
    Added,

    /// <summary>The book has another price.</summary>
    Changed,

    Unchanged,

    /// <summary>Not a price that the book keeps.</summary>
    Skipped,

    /// <summary>A price that cannot be meant.</summary>
    Refused,
}

/// <summary>One price of a list beside the book.</summary>
/// <param name="Row">The row to add; null where there is none to add.</param>
/// <param name="Details">What changes, or why not.</param>
public sealed record PriceChange(PriceAction Action, string Provider, string Model, string? When, string? Details, PriceRow? Row);

/// <summary>Compares a price list with the book. Nothing before the given time changes for models that the book has; unknown models get their rows as they are dated.</summary>
public static class PriceImport
{
    private static readonly ImmutableArray<IPriceFormat> Formats = [new GenaiPricesFormat(), new PriceBookFormat(), new LiteLlmFormat()];

    /// <summary>Names that a caller may give.</summary>
    public static IReadOnlyList<string> FormatNames { get; } = [.. Formats.Select(f => f.Name)];

    /// <returns>The form that the document has, and what it says; null when it looks like none.</returns>
    public static (string Format, ReadPrices Read)? Read(JsonElement document, string? format, string? source, DateOnly day)
    {
        var found = Formats.FirstOrDefault(f => (format is null || f.Name == format) && f.Looks(document));
        return found is null ? null : (found.Name, found.Read(document, source ?? found.Name, day));
    }

    /// <param name="at">From when on a changed price counts where the list has no date of its own.</param>
    public static List<PriceChange> Compare(ReadPrices read, PriceBook book, Instant at)
    {
        var changes = read.Skipped.Select(s => new PriceChange(s.IsRefused ? PriceAction.Refused : PriceAction.Skipped, s.Provider, s.Model, null, s.Reason, null)).ToList();
        var models = read.Rows.GroupBy(r => (r.Provider, r.Model)).Select(g => g.ToImmutableArray()).ToList();
        // An own row of a model counts for all its names. A snapshot that the list prices apart keeps its price by a row of its own.
        var moved = models.Where(rows => Moves(rows, book, at)).Select(rows => (rows[0].Provider, rows[0].Model)).ToHashSet();
        foreach (var rows in models)
        {
            bool isApart = book.MainNameOf(rows[0].Provider, rows[0].Model) is { } main && main != rows[0].Model && moved.Contains((rows[0].Provider, main));
            changes.AddRange(OfModel(rows, book, at, isApart));
        }
        return changes;
    }

    private static bool Moves(ImmutableArray<PriceRow> rows, PriceBook book, Instant at) =>
        rows.Where(r => r.IsBase && r.EffectiveTo > at).Any(r => Beside(r, r.Model, book, at).Change.Action == PriceAction.Changed);

    private static IEnumerable<PriceChange> OfModel(ImmutableArray<PriceRow> rows, PriceBook book, Instant at, bool isApart)
    {
        var first = rows[0];
        // By the list's name of it, else by one of the other names that it says outright.
        string? known = first.Aliases.Prepend(first.Model).FirstOrDefault(n => book.RowsAt(first.Provider, n, at).Count > 0);
        if (known is null)
        {
            bool refused = false;
            foreach (var row in rows)
            {
                var change = Judged(row, null) ?? new(PriceAction.Added, row.Provider, row.Model, Shown(row.When), Text(row.Rates), row);
                // Without its standard price a conditional one has nothing to lie over.
                refused |= row.IsBase && change.Action == PriceAction.Refused;
                yield return refused && change.Row is not null ? change with { Action = PriceAction.Skipped, Details = "its standard price was refused", Row = null } : change;
            }
            yield break;
        }
        var compared = rows.Where(r => r.EffectiveTo > at).Select(r => Beside(r, known, book, at)).ToList();
        // A new standard price stands alone: what the list says of conditions comes with it.
        bool moved = compared.Any(c => c.Change is { Action: PriceAction.Changed, When: null });
        foreach (var (change, row) in compared)
        {
            yield return change.Action != PriceAction.Unchanged ? change
                : isApart ? change with { Action = PriceAction.Added, Details = "keeps its price beside the new one of its model", Row = row }
                : moved && change.When is not null ? change with { Action = PriceAction.Added, Details = "goes with the new standard price", Row = row }
                : change;
        }
    }

    private static (PriceChange Change, PriceRow Row) Beside(PriceRow row, string known, PriceBook book, Instant at)
    {
        var from = Instant.Max(row.EffectiveFrom, at);
        var inForce = book.RowsAt(row.Provider, known, from);
        var before = inForce.FirstOrDefault(r => r.When.Equals(row.When));
        // Kinds that the list does not speak of stay.
        var rates = new Dictionary<string, decimal>(before?.Rates ?? FrozenDictionary<string, decimal>.Empty);
        foreach (var (kind, rate) in row.Rates)
        {
            rates[kind] = rate;
        }
        var next = row with
        {
            Model = known,
            Aliases = [],
            EffectiveFrom = from,
            Rates = rates.ToFrozenDictionary(),
            Threshold = row.Threshold ?? before?.Threshold,
            OverRates = row.Threshold is null ? before?.OverRates ?? FrozenDictionary<string, decimal>.Empty : row.OverRates,
        };
        // Lists cannot say hours, weekdays and dates together; hours of their own beside the book's would count where the book's do not.
        if (before is null && !row.When.Windows.IsEmpty && inForce.Any(r => !r.When.Windows.IsEmpty))
        {
            return (new(PriceAction.Skipped, row.Provider, known, Shown(row.When), "the book has hours of its own for it", null), next);
        }
        string differences = before is null ? Text(row.Rates) : Differences(before, next, row);
        var change = before is not null && differences.Length == 0
            ? new PriceChange(PriceAction.Unchanged, row.Provider, known, Shown(row.When), null, null)
            : Judged(next, before?.Rates) ?? new(before is null ? PriceAction.Added : PriceAction.Changed, row.Provider, known, Shown(row.When), differences, next);
        return (change, next);
    }

    private static PriceChange? Judged(PriceRow row, IReadOnlyDictionary<string, decimal>? before)
    {
        var problems = PriceSanity.Check(row.Rates, before).Concat(PriceSanity.Check(row.OverRates, row.Rates)).Select(p => $"{p.Kind} {p.Message}").ToList();
        return problems.Count == 0 ? null : new(PriceAction.Refused, row.Provider, row.Model, Shown(row.When), string.Join("; ", problems), null);
    }

    private static string Differences(PriceRow before, PriceRow next, PriceRow listed)
    {
        IEnumerable<string> parts =
        [
            .. Moved("", before.Rates, next.Rates),
            .. listed.Threshold is null || SameThreshold(before.Threshold, listed.Threshold) ? [] : new[] { $"long context {before.Threshold?.ToString() ?? "none"} → {next.Threshold}" },
            .. listed.Threshold is null ? [] : Moved("long ", before.OverRates, next.OverRates),
        ];
        return string.Join(", ", parts);
    }

    // Lists write the same boundary as above and as from: a request of exactly that size is no reason for a new price.
    private static bool SameThreshold(ContextThreshold? a, ContextThreshold b) => a?.Tokens == b.Tokens;

    private static IEnumerable<string> Moved(string prefix, FrozenDictionary<string, decimal> before, FrozenDictionary<string, decimal> next) =>
        next.Where(r => !before.TryGetValue(r.Key, out decimal old) || old != r.Value).OrderBy(r => CostKinds.Order(r.Key))
            .Select(r => $"{prefix}{r.Key} {(before.TryGetValue(r.Key, out decimal old) ? Quantity.Format(old) : "none")} → {Quantity.Format(r.Value)}");

    private static string Text(FrozenDictionary<string, decimal> rates) => string.Join(", ", rates.OrderBy(r => CostKinds.Order(r.Key)).Select(r => $"{r.Key} {Quantity.Format(r.Value)}"));

    private static string? Shown(PriceConditions when) => when.IsNone ? null : when.ToString();
}
