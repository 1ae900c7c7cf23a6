using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Tests.Catalog;

public class CatalogSnapshotTests
{
    [Fact]
    public void Assets_are_currencies_declared_ones_and_archived_ones()
    {
        var snapshot = Catalogs.After(Catalogs.Images).Apply("{}", Catalogs.Day2).Next;
        Assert.Equal((9, 2), (snapshot.FindAsset("usd")!.Scale, snapshot.FindAsset("usd")!.MinorDigits));
        Assert.Equal(6, snapshot.FindAsset("credits")!.Scale);
        Assert.Null(snapshot.FindAsset("USD"));
        Assert.Contains("Did you mean \"credits\"?", Assert.Throws<BillingException>(() => snapshot.RequireAsset("credit")).Detail);
    }

    [Theory]
    [InlineData("resolution=1024", true)]
    [InlineData("resolution=2048 model=flux", true)]
    [InlineData("resolution=512", false)]
    [InlineData("", false)]
    public void A_meter_takes_the_events_that_its_filter_fits(string properties, bool fits) =>
        Assert.Equal(fits, Assert.Single(Catalogs.After(Catalogs.Images).MetersOf("image.generated")).Fits(Catalogs.Properties(properties)));

    [Theory]
    [InlineData("\"1024\"", "1024")]
    [InlineData("1024", "1024")]
    [InlineData("true", "true")]
    [InlineData("1.50", "1.50")]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    public void Properties_are_compared_as_text(string json, string? text) => Assert.Equal(text, PropertyConditions.TextOf(Catalogs.Parse(json)));

    [Theory]
    [InlineData("image.genrated", "image.generated")]
    [InlineData("image.generated", null)]
    [InlineData("video.rendered", null)]
    public void A_mistyped_event_type_is_recognized(string typed, string? nearest) => Assert.Equal(nearest, Catalogs.After(Catalogs.Images).NearestEventType(typed));

    [Fact]
    public void Groups_hold_the_assets_in_order_and_the_most_specific_price_wins()
    {
        var group = Assert.Single(Catalogs.After(Catalogs.Images).GroupsOf("image.generated"));
        Assert.Equal(("image-generation", "images", ChargeMode.FirstAffordable), (group.ProductId, group.Meter.Id, group.Charge));
        Assert.Equal(["credits", "usd"], group.Assets.Select(a => a.Asset.Id));
        Assert.Equal("image-usd", group.Assets[1].At(Catalogs.Day1, Catalogs.Properties("model=sdxl"))!.PriceId);
        Assert.Equal("image-usd-flux", group.Assets[1].At(Catalogs.Day1, Catalogs.Properties("model=flux"))!.PriceId);
        Assert.Empty(Catalogs.After(Catalogs.Images).GroupsOf("image.other"));
    }

    [Fact]
    public void An_event_is_rated_by_the_version_of_its_own_time()
    {
        var snapshot = Catalogs.After(Catalogs.Images)
            .Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.05\"", StringComparison.Ordinal), Catalogs.Day2).Next
            .Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.07\"", StringComparison.Ordinal), Catalogs.Day2).Next;
        var usd = snapshot.GroupsOf("image.generated")[0].Assets[1];
        Assert.Equal(1, usd.At(Catalogs.Day2 - TimeSpan.FromMicroseconds(1), Catalogs.Properties())!.Version);
        Assert.Equal(3, usd.At(Catalogs.Day2, Catalogs.Properties())!.Version);
        var history = snapshot.FindPrice("image-usd")!;
        Assert.Equal([1, 2, 3], history.Versions.Select(v => v.Version));
        Assert.Equal(1, history.At(Catalogs.Day1)!.Version);
        Assert.Equal(2, history.Before(history.Last)!.Version);
        Assert.Same(history.Last, snapshot.Versions[history.Last.Key]);
    }

    [Fact]
    public void A_late_event_of_an_archived_product_is_still_charged_and_a_new_one_is_not()
    {
        var snapshot = Catalogs.After(Catalogs.Images).Apply("{}", Catalogs.Day2).Next;
        var usd = Assert.Single(snapshot.GroupsOf("image.generated")).Assets[1];
        Assert.Equal("image-usd", usd.At(Catalogs.Day1, Catalogs.Properties())!.PriceId);
        Assert.True(usd.At(Catalogs.Day1, Catalogs.Properties())!.Archived);
        Assert.Null(usd.At(Catalogs.Day2, Catalogs.Properties()));
        Assert.Empty(snapshot.MetersOf("image.generated"));
    }

    [Fact]
    public void A_late_event_stays_with_the_price_of_its_time_when_a_price_is_renamed()
    {
        var snapshot = Catalogs.After(Catalogs.Images).Apply(Catalogs.Images.Replace("\"image-usd\"", "\"image-dollars\"", StringComparison.Ordinal), Catalogs.Day2).Next;
        var usd = snapshot.GroupsOf("image.generated")[0].Assets.Single(a => a.Asset.Id == "usd");
        Assert.Equal("image-usd", usd.At(Catalogs.Day1, Catalogs.Properties())!.PriceId);
        Assert.Equal("image-dollars", usd.At(Catalogs.Day2, Catalogs.Properties())!.PriceId);
    }

    [Fact]
    public void Products_that_are_not_pay_as_you_go_charge_nobody_without_a_plan() =>
        Assert.Empty(Catalogs.After(Catalogs.Images.Replace("\"charge\"", "\"pay_as_you_go\":false,\"charge\"", StringComparison.Ordinal)).GroupsOf("image.generated"));

    [Fact]
    public void What_storage_keeps_builds_the_same_snapshot()
    {
        var snapshot = Catalogs.After(Catalogs.Images).Apply("""{"time_zone":"Europe/Berlin","customers":{"auto_create":false}}""", Catalogs.Day2).Next;
        var stored = snapshot.Stored;
        var rows = stored.Prices.Select(p => p with { DefinitionJson = new string(p.DefinitionJson) }).Reverse().ToArray();
        var rebuilt = CatalogSnapshot.Build(new(stored.Version, stored.DocumentJson, stored.ArchiveJson, rows));
        Assert.Equal(2, rebuilt.Version);
        Assert.False(rebuilt.AutoCreateCustomers);
        Assert.Equal("Europe/Berlin", rebuilt.TimeZone.Id);
        Assert.Equal(snapshot.GroupsOf("image.generated")[0].Assets[1].Candidates.Select(v => v.Key), rebuilt.GroupsOf("image.generated")[0].Assets[1].Candidates.Select(v => v.Key));
    }

    [Fact]
    public void The_empty_catalog_charges_nothing_and_creates_customers()
    {
        Assert.Equal(0, CatalogSnapshot.Empty.Version);
        Assert.True(CatalogSnapshot.Empty.AutoCreateCustomers);
        Assert.Empty(CatalogSnapshot.Empty.SignupGrants);
        Assert.Same(TimeZoneInfo.Utc, CatalogSnapshot.Empty.TimeZone);
        Assert.Equal(Instant.Never, Catalogs.After(Catalogs.Images).FindPrice("image-usd")!.Last.Until);
    }
}
