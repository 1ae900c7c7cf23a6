using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using McpBilling.Money;

namespace McpBilling.Costs;

/// <summary>Whether a row counts.</summary>
public enum PriceRowStatus
{
    Active,

    /// <summary>Made known for a later time; counts from its time on, unless it is cancelled before.</summary>
    Announced,

    /// <summary>
    /// Never counts. A shipped one is kept to show that a price was announced and taken back; a builder's own one takes back the builder's earlier rows
    /// of that model from its time on, so that the shipped price counts again.
    /// </summary>
    Cancelled,
}

/// <summary>From how many tokens of context other rates count, for the whole request.</summary>
/// <param name="Tokens">Above zero.</param>
/// <param name="Inclusive">True: from so many tokens on (<c>gte</c>). False: above so many (<c>gt</c>).</param>
public sealed record ContextThreshold(long Tokens, bool Inclusive)
{
    public bool IsPassedBy(decimal contextTokens) => Inclusive ? contextTokens >= Tokens : contextTokens > Tokens;

    /// <summary><c>&gt;=272000</c> or <c>&gt;200000</c>.</summary>
    public override string ToString() => (Inclusive ? ">=" : ">") + Tokens.ToString(CultureInfo.InvariantCulture);

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ContextThreshold? threshold)
    {
        bool inclusive = text.StartsWith(">=", StringComparison.Ordinal);
        bool fits = text.StartsWith('>') && long.TryParse(text.AsSpan(inclusive ? 2 : 1), NumberStyles.None, CultureInfo.InvariantCulture, out long tokens) && tokens is > 0 and <= MaxTokens;
        threshold = fits ? new(long.Parse(text.AsSpan(inclusive ? 2 : 1), CultureInfo.InvariantCulture), inclusive) : null;
        return fits;
    }

    private const long MaxTokens = 1_000_000_000;
}

/// <summary>
/// One dated price of a model, never changed once it is known: a later price is a further row. Rates are US dollars for <see cref="CostKinds.Per"/> of the kind,
/// each stored as it is (never as a multiple of another), with at most 12 decimals.
/// </summary>
public sealed record PriceRow
{
    /// <summary>Unique in a book, and the same for ever: cost lines name it.</summary>
    public required string Id { get; init; }

    /// <summary>As <see cref="CostProviders.Canonical"/> gives it.</summary>
    public required string Provider { get; init; }

    /// <summary>The model's main name, in lower case.</summary>
    public required string Model { get; init; }

    /// <summary>Further names at the same price: dated snapshots, moving names, other spellings; in lower case.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>From here on, and before <see cref="EffectiveTo"/>, by the time of the request.</summary>
    public Instant EffectiveFrom { get; init; } = Instant.Beginning;

    public Instant EffectiveTo { get; init; } = Instant.Never;

    public PriceRowStatus Status { get; init; }

    public PriceConditions When { get; init; } = PriceConditions.None;

    /// <summary>By kind. A row with conditions names only the kinds that it changes.</summary>
    public required FrozenDictionary<string, decimal> Rates { get; init; }

    public ContextThreshold? Threshold { get; init; }

    /// <summary>What counts for the whole request beyond the threshold; kinds that are not here keep their rate.</summary>
    public FrozenDictionary<string, decimal> OverRates { get; init; } = FrozenDictionary<string, decimal>.Empty;

    /// <summary>Where the price was read.</summary>
    public required string Source { get; init; }

    /// <summary>The day of that source, or on which it was last compared.</summary>
    public required DateOnly Checked { get; init; }

    public bool IsBase => When.IsNone;

    public bool IsInForce(Instant at) => at >= EffectiveFrom && at < EffectiveTo;

    /// <summary>The id of a shipped row: <c>openai/gpt-5.4@2026-08-21?batch</c>.</summary>
    public static string IdOf(string provider, string model, Instant from, PriceConditions when, PriceRowStatus status) =>
        $"{provider}/{model}{(from == Instant.Beginning ? "" : "@" + from.ToString().Replace("T00:00:00Z", "", StringComparison.Ordinal))}"
        + $"{(when.IsNone ? "" : "?" + when)}{(status == PriceRowStatus.Cancelled ? "!cancelled" : "")}";
}
