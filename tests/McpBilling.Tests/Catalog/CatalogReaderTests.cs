using McpBilling.Catalog;

namespace McpBilling.Tests.Catalog;

public class CatalogReaderTests
{
    private const string Meter = """{"id":"m","event_type":"e","aggregation":"sum"}""";
    private const string Max = """{"id":"m","event_type":"e","aggregation":"max","property":"p"}""";
    private const string Fine = """{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}""";

    /// <summary>A document, where its one problem lies, and a part of what is said (message and hint).</summary>
    public static TheoryData<string, string, string> BadDocuments => new()
    {
        { "[]", "", "must be an object, but is a list" },
        { "null", "", "must be an object" },
        { """{"asets":[]}""", "/asets", "Did you mean \"assets\"?" },
        { """{"assets":{}}""", "/assets", "must be a list" },
        { """{"assets":{}}""", "/assets", "must be a list, but is an object" },
        // A null that means "left out" in a sound item stays no problem when another item has one.
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"x","period":null},{"id":"b","meter":"m","asset":"eur","model":"per_unit","unit_price":"1","quantity_rounding":null}"""), "/products/0/prices/0/unit_price", "must be a decimal number" },
        { """{"assets":[5]}""", "/assets/0", "must be an object" },
        { """{"assets":[{}]}""", "/assets/0/id", "is missing" },
        { """{"assets":[{"id":7}]}""", "/assets/0/id", "must be a text" },
        { """{"assets":[{"id":"Image Credits"}]}""", "/assets/0/id", "Use \"image-credits\"." },
        { """{"assets":[{"id":"-x"}]}""", "/assets/0/id", "lower-case" },
        { """{"assets":[{"id":""}]}""", "/assets/0/id", "1 to 64" },
        { """{"assets":[{"id":"a234567890123456789012345678901234567890123456789012345678901234x"}]}""", "/assets/0/id", "1 to 64" },
        { """{"assets":[{"id":"usd"}]}""", "/assets/0/id", "ISO 4217" },
        { """{"assets":[{"id":"c"},{"id":"c"}]}""", "/assets/1/id", "already an asset \"c\" at /assets/0" },
        { """{"assets":[{"id":"c","scale":13}]}""", "/assets/0/scale", "from 0 to 12" },
        { """{"assets":[{"id":"c","scale":-1}]}""", "/assets/0/scale", "from 0 to 12" },
        { """{"assets":[{"id":"c","scale":2.5}]}""", "/assets/0/scale", "whole number" },
        { """{"assets":[{"id":"c","rounding":"half_evn"}]}""", "/assets/0/rounding", "Did you mean \"half_even\"?" },
        { """{"meters":[{"id":"m","event_type":"e"}]}""", "/meters/0/aggregation", "is missing" },
        { """{"meters":[{"id":"m","aggregation":"sum"}]}""", "/meters/0/event_type", "is missing" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"average"}]}""", "/meters/0/aggregation", "must be one of count, sum, max, unique_count, latest" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"max"}]}""", "/meters/0/property", "max measures an event property" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"unique_count"}]}""", "/meters/0/property", "unique_count measures" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"latest"}]}""", "/meters/0/property", "latest measures" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"count","property":"p"}]}""", "/meters/0/property", "takes no property" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"count","weight_by":"time"}]}""", "/meters/0/weight_by", "belongs to sum" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"sum","weight_by":"size"}]}""", "/meters/0/weight_by", "must be one of time" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"sum","filter":{"p":[]}}]}""", "/meters/0/filter/p", "nothing would ever fit" },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"sum","filter":["p"]}]}""", "/meters/0/filter", "must be an object" },
        { $$"""{"meters":[{{Meter}},{{Meter}}]}""", "/meters/1/id", "already a meter" },
        { """{"products":[{"id":"p"},{"id":"p"}]}""", "/products/1/id", "already a product" },
        { """{"products":[{"id":"p","charge":"both"}]}""", "/products/0/charge", "must be one of every_asset, first_affordable" },
        { """{"products":[{"id":"p","pay_as_you_go":1}]}""", "/products/0/pay_as_you_go", "must be true or false" },
        { """{"products":[{"id":"p","entitlements":[]}]}""", "/products/0/entitlements", "later version" },
        { """{"plans":[]}""", "/plans", "plans are not available in this version" },
        { """{"alerts":[]}""", "/alerts", "must be an object" },
        { """{"alerts":{"low_balance":[{"asset":"usdd","below":"5"}]}}""", "/alerts/low_balance/0/asset", "Did you mean \"usd\"?" },
        { """{"alerts":{"low_balance":[{"asset":"usd","below":"-5"}]}}""", "/alerts/low_balance/0/below", "Use \"5\"." },
        { """{"alerts":{"low_balance":[{"asset":"usd","below":"0.0000000001"}]}}""", "/alerts/low_balance/0/below", "it keeps 9 digits" },
        { """{"alerts":{"low_balance":[{"asset":"usd","below":"5"},{"asset":"usd","below":"1"}]}}""", "/alerts/low_balance/1/asset", "a threshold already" },
        { """{"alerts":{"low_balance":[{"asset":"usd"}]}}""", "/alerts/low_balance/0/below", "is missing" },
        { """{"alerts":{"grant_expiring_hours":0}}""", "/alerts/grant_expiring_hours", "a whole number from 1 to 8784" },
        { $$"""{"meters":[{"id":"images","event_type":"e","aggregation":"sum"}],"products":[{"id":"p","prices":[{"id":"a","meter":"imagse","asset":"usd","model":"per_unit","unit_price":"1"}]}]}""", "/products/0/prices/0/meter", "Did you mean \"images\"?" },
        { Priced("""{"id":"a","meter":"m","asset":"credit","model":"per_unit","unit_price":"1"}"""), "/products/0/prices/0/asset", "Did you mean \"credits\"?" },
        { Priced("""{"id":"a","meter":"m","asset":"usdd","model":"per_unit","unit_price":"1"}"""), "/products/0/prices/0/asset", "Did you mean \"usd\"?" },
        { Priced("""{"id":"A!","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}"""), "/products/0/prices/0/id", "Use \"a\"." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit"}"""), "/products/0/prices/0/unit_price", "is missing" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unti","unit_price":"1"}"""), "/products/0/prices/0/model", "per_unit" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"-1"}"""), "/products/0/prices/0/unit_price", "negative" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"0.0000000000001"}"""), "/products/0/prices/0/unit_price", "more than 12 digits" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_prise":"1","unit_price":"1"}"""), "/products/0/prices/0/unit_prise", "is not a known field" },
        { Priced("""{"id":"a","meter":"m","asset":"credits","model":"cost_plus","markup_percent":"30"}"""), "/products/0/prices/0/asset", "US dollars" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"cost_plus"}"""), "/products/0/prices/0/markup_percent", "is missing" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"1","period":"yearly"}"""), "/products/0/prices/0/period", "must be one of month, day, event, ever" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"1","where":{"model":[]}}"""), "/products/0/prices/0/where/model", "nothing would ever fit" },
        { Priced("""{"id":"a","meter":"m","asset":"credits","model":"per_unit","unit_price":"1","hold_policy":{"kind":"flat","amount":"0.0000001"}}"""), "/products/0/prices/0/hold_policy/amount", "6 digits" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"1","hold_policy":{"kind":"learnt"}}"""), "/products/0/prices/0/hold_policy/kind", "is not a hold policy" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"percentage","percent":"3"}""", Max), "/products/0/prices/0/model", "must be a sum or a count" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"matrix","dimensions":["d"],"rows":[{"values":["x"],"unit_price":"1"}]}""", Max), "/products/0/prices/0/model", "must be a sum or a count" },
        { Priced(Fine + "," + Fine.Replace("\"a\"", "\"b\"", StringComparison.Ordinal)), "/products/0/prices/1", "could fit both a and b" },
        { Priced(Fine + "," + Fine), "/products/0/prices/1/id", "already a price \"a\"" },
        { Priced(Where("a", """{"model":["x","y"]}""") + "," + Where("b", """{"model":["y"]}""")), "/products/0/prices/1/where", "could fit both" },
        { Priced(Where("a", """{"model":["x"]}""") + "," + Where("b", """{"region":["eu"]}""")), "/products/0/prices/1/where", "could fit both" },
        { """{"signup":{"grants":[{"asset":"usd","amount":"0"}]}}""", "/signup/grants/0/amount", "above zero" },
        { """{"signup":{"grants":[{"asset":"usd"}]}}""", "/signup/grants/0/amount", "is missing" },
        { """{"signup":{"grants":[{"asset":"usd","amount":"0.0000000001"}]}}""", "/signup/grants/0/amount", "9 digits" },
        { """{"signup":{"grants":[{"asset":"credits","amount":"1"}]}}""", "/signup/grants/0/asset", "there is no asset" },
        { """{"signup":{"grants":[{"asset":"usd","amount":"1","expires_after_days":0}]}}""", "/signup/grants/0/expires_after_days", "from 1 to 36500" },
        { """{"signup":{"grants":[{"asset":"usd","amount":"1","priority":101}]}}""", "/signup/grants/0/priority", "from 0 to 100" },
        { """{"signup":{"grants":[{"asset":"usd","amount":"1","products":["p"]}]}}""", "/signup/grants/0/products/0", "there is no product" },
        { """{"customers":{"auto_create":"yes"}}""", "/customers/auto_create", "must be true or false" },
        { """{"time_zone":"Europe/Berln"}""", "/time_zone", "Did you mean \"Europe/Berlin\"?" },
    };

    public static TheoryData<string> GoodDocuments =>
    [
        "{}",
        Catalogs.Images,
        """{"$schema":"billing://schema/billing.json","time_zone":"Europe/Berlin","customers":{"auto_create":false}}""",
        Priced(Where("a", """{"model":["x"]}""") + "," + Where("b", """{"model":["y"]}""") + "," + Where("c", """{"model":["x"],"region":["eu"]}""") + "," + Fine.Replace("\"a\"", "\"d\"", StringComparison.Ordinal)),
        Priced(Where("a", """{"model":["x"],"region":["eu"]}""") + "," + Where("b", """{"model":["x"],"region":["us"]}""")),
        Priced("""{"id":"a","meter":"m","asset":"usd","model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":null,"unit_price":0.5}],"free_units":"0","max_per_period":null,"quantity_rounding":"none"}"""),
    ];

    [Theory]
    [MemberData(nameof(BadDocuments))]
    public void A_bad_document_is_refused_with_the_place_and_the_fix(string document, string pointer, string part)
    {
        var reading = CatalogReader.Read(Catalogs.Parse(document));
        Assert.Null(reading.Document);
        var problem = Assert.Single(reading.Problems);
        Assert.Equal(pointer, problem.Pointer);
        Assert.Contains(part, $"{problem.Message} {problem.Hint}");
        // An agent recovers by the error alone: there is always something to do.
        Assert.True(pointer.Length == 0 || problem.Hint is { Length: > 0 }, problem.Message);
        Assert.True(pointer.Length == 0 || problem.Allowed is { Length: > 0 } || problem.Found is { Length: > 0 }, problem.Message);
    }

    /// <summary>A document with one mistake, and the fix that is said.</summary>
    public static TheoryData<string, string> Fixes => new()
    {
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","price":4}"""), "Did you mean \"unit_price\"? Amounts are in whole units of the asset: \"0.04\" for 4 cents." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","price_cents":4}"""), "Did you mean \"unit_price\"? Amounts are in whole units of the asset, so use \"0.04\" for 4 cents." },
        { Priced("""{"id":"a","meter":"m","currency":"usd","model":"per_unit","unit_price":"1"}"""), "Did you mean \"asset\"?" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"$0.04"}"""), "Use \"0.04\"." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"4 cents"}"""), "Use \"0.04\"." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"tiered","unit_price":"1"}"""), "Did you mean \"graduated\"?" },
        { Priced("""{"id":"a","meter":"m","asset":"dollars","model":"per_unit","unit_price":"1"}"""), "Did you mean \"usd\"?" },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","amount":"0.05"}"""), "Remove amount, or set model to \"flat\"." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","amount":"0.05"}"""), "Add unit_price: \"0.05\", in whole units of the asset." },
        { Priced("""{"id":"a","meter":"other","asset":"usd","model":"flat","amount":"1"}"""), "Use \"m\", or add {\"id\":\"other\",\"event_type\":\"…\",\"aggregation\":\"sum\"} to meters (tool define_meter)." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"volume","tiers":[{"up_to":null,"unit_price":"1"},{"up_to":"10","unit_price":"2"}]}"""), "Sort the tiers by up_to, ascending, the one with null last." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"volume","tiers":[{"up_to":"10","unit_price":"1"}]}"""), "Set up_to to null; or add a tier with up_to null for everything beyond." },
        { Priced("""{"id":"a","meter":"m","asset":"usd","model":"volume","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"10","unit_price":"1"},{"unit_price":"1"}]}"""), "Set up_to to \"11\" or more, or remove this tier." },
        { """{"assets":{"credits":{"scale":2}}}""", "Use [{\"id\":\"credits\",\"scale\":2}]." },
        { """{"assets":[{"id":7}]}""", "Use \"7\"." },
        { """{"assets":[{"id":"c","scale":"99"}]}""", "Use 12." },
        { """{"assets":[{"id":"c"},{"id":"c"}]}""", "Use \"c-2\", or remove one of the two." },
        { """{"customers":{"auto_create":"yes"}}""", "Use true." },
        { """{"meters":[{"id":"m","event_type":"e","aggregation":"total"}]}""", "Did you mean \"sum\"?" },
        { """{"meters":[{"id":"m","aggregation":"sum"}]}""", "Add event_type: \"image.generated\". event_type of the events it takes, such as image.generated." },
        { """{"signup":{"grants":[{"asset":"usd","amount":"0.00000000015"}]}}""", "Use \"0\", rounded to the asset's scale." },
        { """{"plans":[]}""", "Remove plans." },
    };

    [Theory]
    [MemberData(nameof(Fixes))]
    public void The_fix_is_something_to_do(string document, string fix) =>
        Assert.Contains(fix, CatalogReader.Read(Catalogs.Parse(document)).Problems.Select(p => p.Hint));

    [Fact]
    public void What_was_found_and_what_is_allowed_are_parts_of_their_own()
    {
        var problem = Assert.Single(CatalogReader.Read(Catalogs.Parse(Priced("""{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"1","period":"yearly"}"""))).Problems);
        Assert.Equal(("\"yearly\"", "month, day, event, ever"), (problem.Found, problem.Allowed));
    }

    [Theory]
    [MemberData(nameof(GoodDocuments))]
    public void A_good_document_is_read_without_a_word(string document)
    {
        var reading = CatalogReader.Read(Catalogs.Parse(document));
        Assert.Empty(reading.Problems);
        Assert.Empty(reading.Warnings);
        Assert.NotNull(reading.Document);
    }

    [Fact]
    public void Every_problem_is_reported_at_once_also_behind_broken_items()
    {
        var reading = CatalogReader.Read(Catalogs.Parse("""
            {"plans":[], "assets":[{"id":"credits","scale":99},{"id":"eur"}],
             "meters":[{"id":"images","event_type":"e","aggregation":"summ"}],
             "products":[{"id":"p","charge":"never","prices":[
               {"id":"a","meter":"images","asset":"credits","model":"per_unit"},
               {"id":"b","meter":"imges","asset":"usd","model":"per_unit","unit_price":"x"},
               {"id":"c","meter":"nothing","asset":"xxx","model":"flat","amount":"1"}]}],
             "signup":{"grants":[{"asset":"credits","amount":"-1"}]}}
            """));
        Assert.Equal(
            ["/plans", "/assets/0/scale", "/meters/0/aggregation", "/products/0/charge", "/products/0/prices/1/unit_price",
             "/assets/1/id", "/products/0/prices/0/unit_price", "/products/0/prices/2/meter", "/products/0/prices/2/asset", "/signup/grants/0/amount"],
            reading.Problems.Select(p => p.Pointer));
    }

    [Fact]
    public void First_affordable_with_one_asset_is_worth_a_warning()
    {
        var reading = CatalogReader.Read(Catalogs.Parse(Priced(Fine).Replace("\"id\":\"p\"", "\"id\":\"p\",\"charge\":\"first_affordable\"", StringComparison.Ordinal)));
        Assert.NotNull(reading.Document);
        Assert.Contains("nothing to choose from", Assert.Single(reading.Warnings));
    }

    private static string Priced(string prices, string meter = Meter) =>
        """{"assets":[{"id":"credits"}],"meters":[METER],"products":[{"id":"p","prices":[PRICES]}]}""".Replace("METER", meter, StringComparison.Ordinal).Replace("PRICES", prices, StringComparison.Ordinal);

    private static string Where(string id, string where) => Fine.Replace("\"a\"", $"\"{id}\",\"where\":{where}", StringComparison.Ordinal);
}
