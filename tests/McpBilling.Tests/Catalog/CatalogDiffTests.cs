using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling.Tests.Catalog;

public class CatalogDiffTests
{
    /// <summary>In the images catalog: what is replaced by what, and the lines that change.</summary>
    public static TheoryData<string, string, string> Changes => new()
    {
        { "\"0.04\"", "\"0.040\"", "" },
        { "\"0.04\"", "0.04", "" },
        { "\"0.04\"", "\"0.05\"", "price image-usd changed" },
        { "\"0.04\"", "\"0.04\",\"free_units\":\"5\"", "price image-usd changed" },
        { "\"0.04\"", "\"0.04\",\"period\":\"month\",\"carry\":true", "" },
        { "\"0.04\"", "\"0.04\",\"period\":\"day\"", "price image-usd changed" },
        { "\"flux\"", "\"flux\",\"flux-pro\"", "price image-usd-flux changed" },
        { "\"Image credits\"", "\"Credits\"", "asset credits changed" },
        { "\"2048\"", "\"4096\"", "meter images changed" },
        { ",\"charge\":\"first_affordable\"", "", "product image-generation changed" },
        { ",\"charge\":\"first_affordable\"", ",\"charge\":\"first_affordable\",\"pay_as_you_go\":false", "product image-generation changed" },
        { "\"100\"", "\"50\"", "signup signup changed" },
        { ",\n \"signup\":{\"grants\":[{\"asset\":\"credits\",\"amount\":\"100\",\"expires_after_days\":90}]}", "", "signup signup archived" },
        { "{\"assets\"", "{\"customers\":{\"auto_create\":false},\"assets\"", "customers customers added" },
        { "{\"assets\"", "{\"time_zone\":\"Europe/Berlin\",\"assets\"", "timezone time_zone added" },
        { "{\"id\":\"image-usd\",", "{\"id\":\"image-dollars\",", "price image-dollars added|price image-usd archived" },
        { "{\"id\":\"credits\",", "{\"id\":\"tokens\"},{\"id\":\"credits\",", "asset tokens added" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Each_change_is_one_line(string from, string to, string expected)
    {
        Assert.Contains(from, Catalogs.Images);
        var change = Catalogs.After(Catalogs.Images).Apply(Catalogs.Images.Replace(from, to, StringComparison.Ordinal), Catalogs.Day2);
        Assert.Equal(expected, string.Join('|', change.Lines()));
        Assert.Equal(expected.Length > 0, change.ChangesAnything);
        Assert.Equal(expected.Length > 0 ? 2 : 1, change.Next.Version);
    }

    /// <summary>What may not change: from, to, the pointer, a part of what is said.</summary>
    public static TheoryData<string, string, string, string> Refused => new()
    {
        { "\"name\":\"Image credits\"", "\"scale\":2", "/assets/0/scale", "never changes" },
        { "image.generated", "image.made", "/meters/0", "cannot change" },
        { "\"sum\",\"property\":\"count\"", "\"sum\"", "/meters/0", "cannot change" },
        { "\"sum\",\"property\":\"count\"", "\"max\",\"property\":\"count\"", "/meters/0", "cannot change" },
        { "\"sum\",\"property\":\"count\"", "\"sum\",\"property\":\"count\",\"weight_by\":\"time\"", "/meters/0", "cannot change" },
        { "\"0.04\"", "\"0.05\",\"effective_at\":\"2026-11-01T23:59:59.999999Z\"", "/products/0/prices/1/effective_at", "lies in the past" },
        { "\"0.04\"", "\"0.04\",\"effective_at\":\"2026-01-01T00:00:00Z\"", "/products/0/prices/1/effective_at", "lies in the past" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_recorded_usage_depends_on_cannot_change(string from, string to, string pointer, string part)
    {
        var present = Catalogs.After(Catalogs.Images);
        var refused = Assert.Throws<BillingException>(() => present.Apply(Catalogs.Images.Replace(from, to, StringComparison.Ordinal), Catalogs.Day2));
        Assert.Equal(ErrorCode.InvalidCatalog, refused.Code);
        var problem = Assert.Single(refused.Problems);
        Assert.Equal(pointer, problem.Pointer);
        Assert.Contains(part, problem.Message);
        Assert.NotNull(problem.Hint);
    }

    [Fact]
    public void How_a_version_takes_effect_is_an_instruction_and_makes_no_version_by_itself()
    {
        var change = Catalogs.After(Catalogs.Images).Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.04\",\"carry\":false", StringComparison.Ordinal), Catalogs.Day2);
        Assert.Empty(change.Lines());
        Assert.Empty(change.NewPrices);
        Assert.Contains("\"carry\":false", change.Next.Stored.DocumentJson);
    }

    [Fact]
    public void The_first_apply_adds_everything_from_the_beginning_of_time()
    {
        var change = CatalogSnapshot.Empty.Apply(Catalogs.Images, Catalogs.Day1);
        Assert.Equal(["asset credits added", "meter images added", "product image-generation added", "price image-credits added", "price image-usd added", "price image-usd-flux added", "signup signup added"], change.Lines());
        Assert.All(change.NewPrices, p => Assert.Equal(Instant.Beginning, p.EffectiveAt));
        Assert.Equal([1L, 2, 3], change.NewPrices.Select(p => p.Key));
    }

    [Fact]
    public void A_first_version_may_begin_at_any_named_time()
    {
        var change = CatalogSnapshot.Empty.Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.04\",\"effective_at\":\"2026-01-01T00:00:00Z\"", StringComparison.Ordinal), Catalogs.Day1);
        Assert.Equal(Catalogs.At("2026-01-01T00:00:00Z"), change.NewPrices[1].EffectiveAt);
        Assert.Empty(change.Next.Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.04\",\"effective_at\":\"2026-01-01T00:00:00Z\"", StringComparison.Ordinal), Catalogs.Day2).NewPrices);
    }

    [Fact]
    public void A_changed_price_is_a_new_version_from_now_or_from_the_time_it_names()
    {
        var first = Catalogs.After(Catalogs.Images);
        var now = Assert.Single(first.Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.05\"", StringComparison.Ordinal), Catalogs.Day2).NewPrices);
        Assert.Equal((4L, 2, Catalogs.Day2, true), (now.Key, now.Version, now.EffectiveAt, now.Carry));
        var later = first.Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.05\",\"carry\":false,\"effective_at\":\"2026-11-03T00:00:00Z\"", StringComparison.Ordinal), Catalogs.Day2);
        Assert.Equal((Catalogs.Day3, false), (later.NewPrices[0].EffectiveAt, later.NewPrices[0].Carry));
        Assert.Equal("unit_price: \"0.04\" → \"0.05\"; version 2 from 2026-11-03T00:00:00Z on", later.Changes.Single(c => c.Id == "image-usd").Details);
        var overtaking = Assert.Throws<BillingException>(() => later.Next.Apply(Catalogs.Images.Replace("\"0.04\"", "\"0.07\"", StringComparison.Ordinal), Catalogs.Day2));
        Assert.Contains("versions follow each other", overtaking.Detail);
    }

    [Fact]
    public void An_archived_price_that_comes_back_is_a_new_version()
    {
        string without = Catalogs.Images.Replace(",\n   {\"id\":\"image-usd-flux\",\"meter\":\"images\",\"asset\":\"usd\",\"model\":\"per_unit\",\"unit_price\":\"0.06\",\"where\":{\"model\":[\"flux\"]}}", "", StringComparison.Ordinal);
        var gone = Catalogs.After(Catalogs.Images).Apply(without, Catalogs.Day2);
        Assert.Equal(["price image-usd-flux archived"], gone.Lines());
        Assert.Equal(Catalogs.Day2, Assert.Single(gone.ArchivedPrices).ArchivedAt);
        var back = gone.Next.Apply(Catalogs.Images, Catalogs.Day3);
        Assert.Equal(["price image-usd-flux added"], back.Lines());
        Assert.Equal((2, Catalogs.Day3), (back.NewPrices[0].Version, back.NewPrices[0].EffectiveAt));
        Assert.Equal(4, back.Next.Stored.Prices.Count);
    }

    [Fact]
    public void A_price_that_moves_to_another_asset_starts_from_zero_and_says_so()
    {
        var change = Catalogs.After(Catalogs.Images).Apply(Catalogs.Images.Replace("\"asset\":\"usd\"", "\"asset\":\"eur\"", StringComparison.Ordinal), Catalogs.Day2);
        Assert.Equal(["price image-usd changed", "price image-usd-flux changed"], change.Lines());
        Assert.All(change.NewPrices, p => Assert.False(p.Carry));
        Assert.Equal(2, change.Warnings.Count);
    }

    [Fact]
    public void An_archived_meter_cannot_come_back_with_another_meaning_nor_an_asset_with_another_scale()
    {
        var empty = Catalogs.After(Catalogs.Images).Apply("{}", Catalogs.Day2);
        Assert.Contains("no longer charged", Assert.Single(empty.Warnings));
        var refused = Assert.Throws<BillingException>(() => empty.Next.Apply("""{"assets":[{"id":"credits","scale":2}],"meters":[{"id":"images","event_type":"x","aggregation":"count"}]}""", Catalogs.Day3));
        Assert.Equal(["/assets/0/scale", "/meters/0"], refused.Problems.Select(p => p.Pointer));
    }

    [Fact]
    public void A_meter_that_no_price_has_used_may_change()
    {
        var present = Catalogs.After("""{"meters":[{"id":"m","event_type":"a","aggregation":"count"}]}""");
        Assert.Equal(["meter m changed"], present.Apply("""{"meters":[{"id":"m","event_type":"b","aggregation":"sum"}]}""", Catalogs.Day2).Lines());
    }

    [Fact]
    public void The_order_of_alternatives_is_part_of_the_product()
    {
        string Prices(string first, string second) => """{"assets":[{"id":"credits"}],"meters":[{"id":"m","event_type":"e","aggregation":"sum"}],"products":[{"id":"p","charge":"first_affordable","prices":[A,B]}]}"""
            .Replace("A,", Price(first) + ",", StringComparison.Ordinal).Replace("B]", Price(second) + "]", StringComparison.Ordinal);
        static string Price(string asset) => """{"id":"in-ASSET","meter":"m","asset":"ASSET","model":"per_unit","unit_price":"1"}""".Replace("ASSET", asset, StringComparison.Ordinal);
        var change = Catalogs.After(Prices("credits", "usd")).Apply(Prices("usd", "credits"), Catalogs.Day2);
        Assert.Equal(["product p changed"], change.Lines());
        Assert.Empty(change.NewPrices);
        Assert.Equal(["usd", "credits"], change.Next.GroupsOf("e")[0].Assets.Select(a => a.Asset.Id));
    }

    [Fact]
    public void A_stale_expected_version_is_a_conflict()
    {
        var present = Catalogs.After(Catalogs.Images);
        Assert.Equal(ErrorCode.VersionConflict, Assert.Throws<BillingException>(() => CatalogRevision.Apply(present, Catalogs.Parse("{}"), Catalogs.Day2, 0)).Code);
        Assert.Equal(2, CatalogRevision.Apply(present, Catalogs.Parse("{}"), Catalogs.Day2, 1).Next.Version);
    }

    [Fact]
    public void A_dry_run_answers_the_diff_and_the_present_version()
    {
        var change = CatalogSnapshot.Empty.Apply(Catalogs.Images, Catalogs.Day1);
        Assert.Equal((0L, false, 7), (change.Answer(dryRun: true).Version, change.Answer(dryRun: true).Applied, change.Answer(dryRun: true).Changes.Count));
        Assert.Equal((1L, true), (change.Answer(dryRun: false).Version, change.Answer(dryRun: false).Applied));
    }
}
