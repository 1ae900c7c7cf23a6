using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using McpBilling.Costs.PriceImports;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Costs;

/// <summary>Takes prices from a public list into the builder's own rows.</summary>
public sealed record ImportPriceBookInput
{
    [JsonShape("""{"anyOf":[{"type":"array"},{"type":"object"}]}""")]
    [Description("The list as it is published: genai-prices' data.json, LiteLLM's model_prices_and_context_window.json, or rows in the form of the price book.")]
    public required JsonElement Document { get; init; }

    [Description("genai-prices, litellm or pricebook; default: what the document looks like."), RegularExpression("^(genai-prices|litellm|pricebook)$"), StringLength(20)]
    public string? Format { get; init; }

    [Description("Only prices of these providers."), Length(1, 50)]
    public IReadOnlyList<string>? Providers { get; init; }

    [Description("From when on a changed price counts; default now. Models that the book does not have get their prices as the list dates them.")]
    public Instant? EffectiveFrom { get; init; }

    [Description("What the rows name as their source, such as genai-prices 0.1.8."), StringLength(200, MinimumLength = 1)]
    public string? Source { get; init; }

    [DefaultValue(true), Description("Only say what would change. Send false to add the rows.")]
    public bool DryRun { get; set; } = true;
}

/// <summary>One price of the list beside the book.</summary>
public sealed record PriceChangeView
{
    public required PriceAction Action { get; init; }
    public required string Provider { get; init; }
    public required string Model { get; init; }

    [Description("Absent: the standard price.")]
    public string? When { get; init; }

    [Description("What changes (US dollars), or why it is not taken.")]
    public string? Details { get; init; }

    [Description("The row that was added.")]
    public string? Id { get; init; }
}

public sealed record ImportPriceBookOutput
{
    public required string Format { get; init; }
    public required bool DryRun { get; init; }
    public required int Added { get; init; }
    public required int Changed { get; init; }
    public required int Unchanged { get; init; }
    public required int Skipped { get; init; }
    public required int Refused { get; init; }

    [Description("Without the unchanged ones; at most 2,000, changed and refused ones first.")]
    public required IReadOnlyList<PriceChangeView> Changes { get; init; }
}

/// <summary>Prices of a public list as own rows: what is new or different, from a time on; what cannot be meant is refused row by row and named.</summary>
public sealed class ImportPriceBook : Operation<ImportPriceBookInput, ImportPriceBookOutput>
{
    private const int MostShown = 2_000;

    [SetsRequiredMembers]
    public ImportPriceBook()
    {
        Name = "import_price_book";
        Title = "Import a price book";
        Description =
            "Compares a public price list (genai-prices, LiteLLM) with the price book and, with dry_run: false, adds what is new or different as your own rows. Rates that are 1,000 times off " +
            "their neighbours and other nonsense are refused. A list of over 1 MiB is imported with mcp-billing import-prices FILE.";
        ToolSet = ToolSet.Costs;
        Scope = Scopes.CatalogWrite;
        Route = "POST /v1/price-book/import";
        HasTool = false;
        TakesLong = true;
    }

    public override ValueTask<ImportPriceBookOutput> Run(ImportPriceBookInput input, Caller caller, IBilling billing, CancellationToken cancellation) =>
        AddPricesCommand.Run(stored => Decide(input, stored), caller, billing, cancellation);

    private static (IReadOnlyList<PriceRow>, Func<IReadOnlyList<PriceRow>, ImportPriceBookOutput>) Decide(ImportPriceBookInput input, StoredPrices stored)
    {
        var (format, read) = PriceImport.Read(input.Document, input.Format, input.Source, DateOnly.FromDateTime(stored.Now.ToDateTimeOffset().UtcDateTime)) ?? throw new BillingException(
            ErrorCode.InvalidRequest,
            input.Format is null ? "document looks like none of: genai-prices (a list of providers with models), litellm (an object of models with litellm_provider), pricebook (an object with rows)." : $"document does not look like {input.Format}.",
            "document");
        if (input.Providers is not null)
        {
            var wanted = input.Providers.Select(CostProviders.Canonical).ToHashSet();
            read = new([.. read.Rows.Where(r => wanted.Contains(r.Provider))], [.. read.Skipped.Where(s => wanted.Contains(s.Provider))]);
        }
        var changes = PriceImport.Compare(read, stored.Book, input.EffectiveFrom ?? stored.Now);
        IReadOnlyList<PriceRow> rows = input.DryRun ? [] : [.. changes.Select(c => c.Row).OfType<PriceRow>()];
        return (rows, added =>
        {
            // Ids were given in the order of the rows.
            var ids = new Queue<string>(added.Select(r => r.Id));
            List<(PriceChange Change, string? Id)> told = [.. changes.Select(c => (c, c.Row is not null && ids.TryDequeue(out string? id) ? id : null))];
            int Count(PriceAction action) => changes.Count(c => c.Action == action);
            return new()
            {
                Format = format,
                DryRun = input.DryRun,
                Added = Count(PriceAction.Added),
                Changed = Count(PriceAction.Changed),
                Unchanged = Count(PriceAction.Unchanged),
                Skipped = Count(PriceAction.Skipped),
                Refused = Count(PriceAction.Refused),
                Changes =
                [
                    .. told.Where(t => t.Change.Action != PriceAction.Unchanged)
                        .OrderBy(t => t.Change.Action switch { PriceAction.Changed => 0, PriceAction.Refused => 1, PriceAction.Added => 2, _ => 3 }).Take(MostShown)
                        .Select(t => new PriceChangeView { Action = t.Change.Action, Provider = t.Change.Provider, Model = t.Change.Model, When = t.Change.When, Details = t.Change.Details, Id = t.Id }),
                ],
            };
        }
        );
    }
}
