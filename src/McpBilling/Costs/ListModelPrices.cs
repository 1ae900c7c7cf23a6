using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>Asks what models cost.</summary>
public sealed record ListModelPricesInput
{
    [StringLength(64, MinimumLength = 1)]
    public string? Provider { get; init; }

    [Description("Any name of it; shows its conditional prices (batch, tiers) too."), StringLength(256, MinimumLength = 1)]
    public string? Model { get; init; }

    [Description("Default now.")]
    public Instant? At { get; init; }

    [DefaultValue(false), Description("Of a model: also past, later, cancelled rows.")]
    public bool All { get; init; }

    [StringLength(64)]
    public string? Cursor { get; init; }

    [Range(1, 200)]
    public int Limit { get; set; } = 20;
}

public sealed record ListModelPricesOutput
{
    public required IReadOnlyList<ModelPriceView> Prices { get; init; }
    public string? NextCursor { get; init; }
    public required long Total { get; init; }
}

/// <summary>What models cost, by the shipped price book and the builder's own rows.</summary>
public sealed class ListModelPrices : Operation<ListModelPricesInput, ListModelPricesOutput>
{
    [SetsRequiredMembers]
    public ListModelPrices()
    {
        Name = "list_model_prices";
        Title = "List model prices";
        Description = "What LLMs and embeddings cost you (input, output, cache, batch …), with source and day: the shipped price book and your own rows (own-…), which go first. Next: set_model_price for your contract's price.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.UsageRead;
        Route = "GET /v1/model-prices";
        Reads = true;
    }

    public override async ValueTask<ListModelPricesOutput> Run(ListModelPricesInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        var stored = await billing.Reads<IPriceReads>().Prices(caller);
        var at = input.At ?? stored.Now;
        string? provider = input.Provider is null ? null : CostProviders.Canonical(input.Provider);
        List<PriceRow> rows;
        if (input.Model is { } model)
        {
            var providers = provider is null ? stored.Book.Models.Select(m => m.Provider).Distinct() : [provider];
            rows = [.. providers.SelectMany(p => input.All ? stored.Book.RowsOf(p, model) : stored.Book.RowsAt(p, model, at))];
        }
        else
        {
            rows = [.. stored.Book.Models.Where(m => provider is null || m.Provider == provider).SelectMany(m => stored.Book.RowsAt(m.Provider, m.Model, at).Where(r => r.IsBase)).DistinctBy(r => r.Id)];
        }
        int from = (int)Math.Clamp(Cursors.ReadOne(input.Cursor) ?? 0, 0, rows.Count);
        return new()
        {
            Prices = [.. rows.Skip(from).Take(input.Limit).Select(ModelPriceView.Of)],
            NextCursor = from + input.Limit < rows.Count ? Cursors.Write(from + input.Limit) : null,
            Total = rows.Count,
        };
    }
}
