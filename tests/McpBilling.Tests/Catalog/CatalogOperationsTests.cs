using System.Text.Json;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Tests.Catalog;

public class CatalogOperationsTests
{
    private readonly MemoryBilling billing = new();
    private readonly Caller caller = new(1, Mode.Test, Scopes.All);

    [Fact]
    public async Task Single_definitions_add_up_to_the_same_catalog_as_one_document()
    {
        await Run(new DefineAsset(), new DefineAssetInput { Id = "credits", Name = "Image credits" });
        await Run(new DefineMeter(), new DefineMeterInput { Id = "images", EventType = "image.generated", Aggregation = Aggregation.Sum, Property = "count", Filter = new Dictionary<string, IReadOnlyList<string>> { ["resolution"] = ["1024", "2048"] } });
        await Run(new DefineProduct(), new DefineProductInput { Id = "image-generation", Charge = ChargeMode.FirstAffordable });
        await Run(new DefinePrice(), new DefinePriceInput { Product = "image-generation", Id = "image-credits", Meter = "images", Asset = "credits", Model = "per_unit", UnitPrice = 1 });
        await Run(new DefinePrice(), new DefinePriceInput { Product = "image-generation", Id = "image-usd", Meter = "images", Asset = "usd", Model = "per_unit", UnitPrice = 0.04m });
        var last = await Run(new DefinePrice(), new DefinePriceInput { Product = "image-generation", Id = "image-usd-flux", Meter = "images", Asset = "usd", Model = "per_unit", UnitPrice = 0.06m, Where = new Dictionary<string, IReadOnlyList<string>> { ["model"] = ["flux"] } });
        Assert.Equal((6L, "image-usd-flux"), (last.Version, Assert.Single(last.Changes, c => c.Action == CatalogAction.Added).Id));
        await Run(new ApplyCatalog(), new ApplyCatalogInput { Document = Catalogs.Parse(Catalogs.Images) });
        var lines = billing.LastChange!.Lines();
        Assert.Equal(["signup signup added"], lines);
        var got = await new GetCatalog().Run(new GetCatalogInput(), caller, billing, default);
        Assert.Equal((7L, billing.Catalog.Stored.DocumentJson), (got.Version, got.Document.GetRawText()));
    }

    [Fact]
    public async Task Defining_a_product_again_keeps_its_prices()
    {
        await Run(new ApplyCatalog(), new ApplyCatalogInput { Document = Catalogs.Parse(Catalogs.Images) });
        await Run(new DefineProduct(), new DefineProductInput { Id = "image-generation", Name = "Images", Charge = ChargeMode.FirstAffordable });
        Assert.Equal(["product image-generation changed"], billing.LastChange!.Lines());
        Assert.Equal(3, billing.Catalog.FindProduct("image-generation")!.Prices.Count);
    }

    [Fact]
    public async Task A_dry_run_keeps_nothing()
    {
        var answer = await Run(new ApplyCatalog(), new ApplyCatalogInput { Document = Catalogs.Parse(Catalogs.Images), DryRun = true });
        Assert.Equal((0L, 7), (answer.Version, answer.Changes.Count));
        Assert.Equal(0, billing.Catalog.Version);
    }

    [Fact]
    public async Task Problems_of_a_single_item_are_named_relative_to_it()
    {
        await Run(new ApplyCatalog(), new ApplyCatalogInput { Document = Catalogs.Parse(Catalogs.Images) });
        var refused = await Refused(new DefinePrice(), new DefinePriceInput { Product = "image-generation", Id = "x", Meter = "imags", Asset = "usd", Model = "per_unit" });
        Assert.Equal(["/meter", "/unit_price"], refused.Problems.Select(p => p.Pointer));
        Assert.Equal("meter", refused.Field);
        Assert.Contains("Did you mean \"image-generation\"?", (await Refused(new DefinePrice(), new DefinePriceInput { Product = "image-generaton", Id = "x", Meter = "images", Asset = "usd", Model = "flat", Amount = 1 })).Detail);
    }

    [Theory]
    [InlineData(CatalogItemKind.Price, "image-usd-flux", "price image-usd-flux archived")]
    [InlineData(CatalogItemKind.Product, "image-generation", "product image-generation archived|price image-credits archived|price image-usd archived|price image-usd-flux archived")]
    public async Task An_item_is_archived(CatalogItemKind kind, string id, string expected)
    {
        await Run(new ApplyCatalog(), new ApplyCatalogInput { Document = Catalogs.Parse(Catalogs.Images) });
        await Run(new ArchiveCatalogItem(), new ArchiveCatalogItemInput { Kind = kind, Id = id });
        Assert.Equal(expected, string.Join('|', billing.LastChange!.Lines()));
    }

    [Theory]
    [InlineData(CatalogItemKind.Asset, "credits", "invalid_catalog", "image-credits, the sign-up grants")]
    [InlineData(CatalogItemKind.Meter, "images", "invalid_catalog", "image-usd-flux")]
    [InlineData(CatalogItemKind.Price, "image-usdd", "catalog_item_not_found", "Did you mean \"image-usd\"?")]
    [InlineData(CatalogItemKind.Asset, "usd", "invalid_catalog", "image-usd")]
    [InlineData(CatalogItemKind.Asset, "eur", "catalog_item_not_found", "no asset")]
    public async Task What_is_still_used_or_not_there_is_not_archived(CatalogItemKind kind, string id, string code, string part)
    {
        await Run(new ApplyCatalog(), new ApplyCatalogInput { Document = Catalogs.Parse(Catalogs.Images) });
        var refused = await Refused(new ArchiveCatalogItem(), new ArchiveCatalogItemInput { Kind = kind, Id = id });
        Assert.Equal(code, refused.Code.Name);
        Assert.Contains(part, refused.Detail);
        Assert.Equal(1, billing.Catalog.Version);
    }

    [Fact]
    public void The_tools_are_small_enough_to_be_read_in_every_conversation()
    {
        Operation[] all = [new GetCatalog(), new ApplyCatalog(), new DefineAsset(), new DefineMeter(), new DefineProduct(), new DefinePrice(), new ArchiveCatalogItem()];
        Assert.All(all, o => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(o.Description), 50, 2048));
        // Inputs: of answers a conversation sees an outline only, which ShippedToolsTests counts.
        int characters = all.Sum(o => o.Name.Length + o.Description.Length + JsonSchemas.ForInput(BillingJson.Default.GetTypeInfo(o.InputType)!).Published.ToJsonString().Length);
        Assert.InRange(characters, 1, 14_000);
    }

    private ValueTask<ApplyCatalogOutput> Run<TInput>(Operation<TInput, ApplyCatalogOutput> operation, TInput input)
        where TInput : class => operation.Run(input, caller, billing, default);

    private Task<BillingException> Refused<TInput>(Operation<TInput, ApplyCatalogOutput> operation, TInput input)
        where TInput : class => Assert.ThrowsAsync<BillingException>(() => Run(operation, input).AsTask());

    /// <summary>The writer and the port, in memory.</summary>
    private sealed class MemoryBilling : IBilling, ICatalogReads, ICatalogEffects
    {
        public CatalogSnapshot Catalog { get; private set; } = CatalogSnapshot.Empty;
        public CatalogChange? LastChange { get; private set; }

        public ValueTask<TOutput> Commit<TOutput>(Command<TOutput> command, Caller caller, CancellationToken cancellation)
        {
            var catalogCommand = Assert.IsType<CatalogCommand>(command);
            LastChange = catalogCommand.Decide(Catalog, Catalogs.Day1);
            if (!catalogCommand.DryRun)
            {
                Catalog = CatalogSnapshot.Build(LastChange.Next.Stored);
            }
            return ValueTask.FromResult((TOutput)(object)LastChange.Answer(catalogCommand.DryRun));
        }

        public TPort Reads<TPort>()
            where TPort : class => (TPort)(object)this;

        public ValueTask<CatalogSnapshot> Current(Caller caller) => ValueTask.FromResult(Catalog);

        // Nobody has used anything.
        public ValueTask<(long Version, CatalogEffects? Effects)> Of(Caller caller, JsonElement document, long? expectedVersion, CancellationToken cancellation) =>
            ValueTask.FromResult((Catalog.Version, (CatalogEffects?)null));
    }
}
