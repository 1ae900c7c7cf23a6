using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpBilling.Costs;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Pricing;
using McpBilling.Wallets;

namespace McpBilling.Usage;

/// <summary>What a model call is expected to use, before it is made.</summary>
public sealed record CostEstimate
{
    private const long MostTokens = 1_000_000_000_000;

    [Description("Default: the model's own."), StringLength(64, MinimumLength = 1)]
    public string? Provider { get; init; }

    [StringLength(256, MinimumLength = 1)]
    public string? Model { get; init; }

    [Range(0, MostTokens), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public long? InputTokens { get; init; }

    [Description("Expected; default the most."), Range(0, MostTokens), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public long? OutputTokens { get; init; }

    [Range(0, MostTokens), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public long? MaxOutputTokens { get; init; }

    [Description("Or the cost itself, US dollars.")]
    public decimal? Amount { get; init; }

    internal bool IsWithinBounds =>
        PlainText.Fits(Provider, 64) && PlainText.Fits(Model, 256) && IsCount(InputTokens) && IsCount(OutputTokens) && IsCount(MaxOutputTokens);

    internal void AddTo(ref InputHash hash)
    {
        hash.Add(Provider);
        hash.Add(Model);
        hash.Add(InputTokens);
        hash.Add(OutputTokens);
        hash.Add(MaxOutputTokens);
        hash.Add(Amount);
    }

    /// <exception cref="BillingException"><c>invalid_request</c>, naming the field.</exception>
    internal void Check(string field)
    {
        if (Amount is < 0 or > CostPlusPrice.MaxCost)
        {
            throw Wrong($"{field}.amount", $"is {Quantity.Format(Amount.Value)}: it must be from 0 to 10^10 dollars.");
        }
        if (Amount is not null && Model is not null)
        {
            throw Wrong($"{field}.amount", "does not go with model: send the expected cost, or a model and its tokens. Remove amount.");
        }
        if (OutputTokens > MaxOutputTokens)
        {
            throw Wrong($"{field}.output_tokens", $"is {OutputTokens}, more than max_output_tokens, {MaxOutputTokens}. Use {MaxOutputTokens} or less.");
        }
    }

    private static bool IsCount(long? tokens) => tokens is null or (>= 0 and <= MostTokens);

    private static BillingException Wrong(string field, string what) => new(ErrorCode.InvalidRequest, $"{field} {what}", field);
}

/// <summary>What a model call would cost by the price book, as an authorization needs it.</summary>
/// <param name="estimate">Null: the caller says nothing of it.</param>
/// <param name="prices">The workspace's price book.</param>
/// <param name="now">When the call will be made.</param>
public sealed class EstimatedCost(CostEstimate? estimate, PriceBook prices, Instant now)
{
    private const string Field = "event.estimate";

    private readonly Dictionary<long, decimal?> _known = [];
    private string? _unpriced;

    /// <summary>The tokens that the model may write at most; null: not said.</summary>
    public decimal? MostTokens => estimate?.MaxOutputTokens;

    /// <summary>The expected cost in US dollars; null: it was not told or is not known, and <see cref="Unknown"/> says why.</summary>
    public decimal? Expected() => Of(estimate?.OutputTokens ?? estimate?.MaxOutputTokens);

    /// <summary>The cost with all the output that there may be; null as for <see cref="Expected"/>.</summary>
    public decimal? Most() => Of(estimate?.MaxOutputTokens ?? estimate?.OutputTokens);

    /// <summary>Why there is no cost, for the price that needs one: <c>invalid_request</c>, naming what is missing, or <c>cost_unpriced</c>.</summary>
    public BillingException Unknown(string priceId)
    {
        const string Else = "or hold an asset and amount";
        if (estimate?.Model is not { } model)
        {
            return estimate is null
                ? Missing(Field, $"is missing: the price {priceId} charges what the usage costs. Add estimate: {{\"model\":\"…\",\"input_tokens\":1000,\"max_output_tokens\":500}}, {Else}.")
                : Missing(Field + ".model", $"is missing: the price {priceId} charges what the usage costs. Add model, or amount, {Else}.");
        }
        return estimate is { OutputTokens: null, MaxOutputTokens: null }
            ? Missing(Field + ".max_output_tokens", $"is missing: what {WalletSession.Shown(model)} costs depends on it. Add max_output_tokens, as you send it to the model.")
            : new BillingException(
                ErrorCode.CostUnpriced, $"{Field}.model: what {WalletSession.Shown(model)} costs is not known{(_unpriced is null ? "" : $": {_unpriced.TrimEnd('.')}")}. Send estimate.amount instead, {Else}.", Field + ".model");
    }

    private decimal? Of(long? output)
    {
        if (estimate?.Amount is { } amount)
        {
            return amount;
        }
        if (estimate?.Model is not { } model || output is not { } written)
        {
            return null;
        }
        if (!_known.TryGetValue(written, out decimal? cost))
        {
            _known[written] = cost = Of(model, written);
        }
        return cost;
    }

    private decimal? Of(string model, long written)
    {
        if ((estimate!.Provider ?? OwnerOf(model)) is not { } provider)
        {
            _unpriced = "the price book has no model of that name";
            return null;
        }
        var uses = ImmutableArray.CreateBuilder<MeteredUse>(2);
        if (estimate.InputTokens is > 0 and var read)
        {
            uses.Add(new MeteredUse(CostKinds.Input, read));
        }
        if (written > 0)
        {
            uses.Add(new MeteredUse(CostKinds.Output, written));
        }
        var priced = prices.Price(provider, model, now, new UsageReading { Uses = uses.ToImmutable(), Context = PriceContext.None });
        _unpriced = priced.Reason;
        return priced.Amount;
    }

    // Whose model it is, where the caller does not say: the first of the known providers that has it, else one of which the builder has prices.
    private string? OwnerOf(string model) =>
        CostProviders.All.Concat(prices.HasOwn ? prices.OwnRows.Select(r => r.Provider) : []).FirstOrDefault(p => prices.RowsOf(p, model).Count > 0);

    private static BillingException Missing(string field, string what) => new(ErrorCode.InvalidRequest, $"{field} {what}", field);
}
