using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Tests.Pricing;

/// <summary>What a definition may not say, and where it is told so.</summary>
public class PriceProblemsTests
{
    private const string Tier = """{"up_to":null,"unit_price":"1"}""";

    [Theory]
    [InlineData("""{"model":"per_unit"}""", "/unit_price: is missing")]
    [InlineData("""{"model":"per_unit","unit_price":"-1"}""", "/unit_price: must not be negative")]
    [InlineData("""{"model":"per_unit","unit_price":"1","per":"0"}""", "/per: must be above zero")]
    [InlineData("""{"model":"per_unit","unit_price":"1","per":"-5"}""", "/per: must be above zero")]
    [InlineData("""{"model":"per_unit","unit_price":"1","package_size":"10"}""", "/package_size: package_size belongs to package")]
    [InlineData("""{"model":"per_unit","unit_price":"1","tiers":[]}""", "/tiers: tiers belongs to graduated, volume, stairstep, graduated_percentage")]
    [InlineData("""{"model":"per_unit","unit_price":"1","markup_percent":"3"}""", "/markup_percent: markup_percent belongs to cost_plus")]
    [InlineData("""{"model":"per_unit","unit_price":"1","free_events":1}""", "/free_events: free_events belongs to percentage")]
    [InlineData("""{"model":"per_unit","unit_price":"1","free_units":"-1"}""", "/free_units: must not be negative")]
    [InlineData("""{"model":"per_unit","unit_price":"1","max_per_period":"-1"}""", "/max_per_period: must not be negative")]
    [InlineData("""{"model":"per_unit","unit_price":"1","min_per_period":"5"}""", "/min_per_period: min_per_period arrives in a later version")]
    [InlineData("""{"model":"flat"}""", "/amount: is missing")]
    [InlineData("""{"model":"flat","amount":"1","per":"10"}""", "/per: per belongs to per_unit, graduated, volume, matrix")]
    [InlineData("""{"model":"graduated"}""", "/tiers: needs at least one tier")]
    [InlineData("""{"model":"volume","tiers":[]}""", "/tiers: needs at least one tier")]
    [InlineData("""{"model":"volume","tiers":[{"up_to":null}]}""", "/tiers/0: has no price")]
    [InlineData("""{"model":"graduated","tiers":[null]}""", "/tiers/0: must be an object")]
    [InlineData("""{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1"}]}""", "/tiers/0/up_to: must be null in the last tier")]
    [InlineData("""{"model":"graduated","tiers":[{"unit_price":"1"},""" + Tier + "]}", "/tiers/0/up_to: may be null in the last tier only")]
    [InlineData("""{"model":"graduated","tiers":[{"up_to":"0","unit_price":"1"},""" + Tier + "]}", "/tiers/0/up_to: must be above 0")]
    [InlineData("""{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"10","unit_price":"1"},""" + Tier + "]}", "/tiers/1/up_to: must be above 10")]
    [InlineData("""{"model":"graduated","tiers":[{"up_to":"10","unit_price":"-1"},""" + Tier + "]}", "/tiers/0/unit_price: must not be negative")]
    [InlineData("""{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1","flat_price":"-2"},""" + Tier + "]}", "/tiers/0/flat_price: must not be negative")]
    [InlineData("""{"model":"graduated","tiers":[{"unit_price":"1","percent":"2"}]}""", "/tiers/0/percent: percent in a tier belongs to graduated_percentage")]
    [InlineData("""{"model":"stairstep","tiers":[{"flat_price":"1","unit_price":"2"}]}""", "/tiers/0/unit_price: unit_price in a tier belongs to graduated and volume")]
    [InlineData("""{"model":"stairstep","tiers":[{}]}""", "/tiers/0/flat_price: is missing")]
    [InlineData("""{"model":"graduated_percentage","tiers":[{"unit_price":"2"}]}""", "/tiers/0/unit_price: unit_price in a tier belongs to graduated and volume|/tiers/0: has no price")]
    [InlineData("""{"model":"package","package_price":"1"}""", "/package_size: is missing")]
    [InlineData("""{"model":"package","package_size":"0","package_price":"1"}""", "/package_size: must be above zero")]
    [InlineData("""{"model":"package","package_size":"10"}""", "/package_price: is missing")]
    [InlineData("""{"model":"percentage"}""", "/percent: is missing")]
    [InlineData("""{"model":"percentage","percent":"-1"}""", "/percent: must not be negative")]
    [InlineData("""{"model":"percentage","percent":"1","free_events":-1}""", "/free_events: must not be negative")]
    [InlineData("""{"model":"percentage","percent":"1","free_units":"1","free_amount":"1"}""", "/free_units: means the same as free_amount")]
    [InlineData("""{"model":"percentage","percent":"1","min_per_event":"2","max_per_event":"1"}""", "/max_per_event: is below min_per_event")]
    [InlineData("""{"model":"matrix","rows":[{"values":["a"],"unit_price":"1"}]}""", "/dimensions: needs at least one|/rows/0/values: must have one text for each of the 0")]
    [InlineData("""{"model":"matrix","dimensions":["a"]}""", "/rows: needs at least one row")]
    [InlineData("""{"model":"matrix","dimensions":["a","a"],"rows":[{"values":["x","y"],"unit_price":"1"}]}""", "/dimensions/1: repeats \"a\"")]
    [InlineData("""{"model":"matrix","dimensions":[""],"rows":[{"values":["x"],"unit_price":"1"}]}""", "/dimensions/0: must name")]
    [InlineData("""{"model":"matrix","dimensions":["a"],"rows":[{"values":["x","y"],"unit_price":"1"}]}""", "/rows/0/values: must have one text")]
    [InlineData("""{"model":"matrix","dimensions":["a"],"rows":[{"values":[null],"unit_price":"1"}]}""", "/rows/0/values: must have one text")]
    [InlineData("""{"model":"matrix","dimensions":["a"],"rows":[null]}""", "/rows/0: must be an object")]
    [InlineData("""{"model":"matrix","dimensions":["a"],"rows":[{"values":["x"],"unit_price":"1"},{"values":["x"],"unit_price":"-2"}]}""", "/rows/1/unit_price: must not be negative|/rows/1/values: repeats")]
    [InlineData("""{"model":"matrix","dimensions":["a"],"default":"-1","rows":[{"values":["x"],"unit_price":"1"}]}""", "/default: must not be negative")]
    [InlineData("""{"model":"cost_plus","fixed_per_event":"-1"}""", "/markup_percent: is missing|/fixed_per_event: must not be negative")]
    [InlineData("""{"model":"cost_plus","markup_percent":"-5"}""", "/markup_percent: must not be negative")]
    [InlineData("""{"model":"cost_plus","markup_percent":"30","per":"1000","percent":"3"}""", "/per: per belongs to per_unit, graduated, volume, matrix, not to cost_plus|/percent: percent belongs to percentage, not to cost_plus")]
    [InlineData("""{"model":"cost_plus","markup_percent":"30","asset":"eur"}""", "/asset: costs are US dollars, and nothing says how many eur a dollar is")]
    [InlineData("""{"model":"gradated","tiers":[],"free_units":"-1"}""", "/model: \"gradated\" is not a price model|/free_units: must not be negative")]
    [InlineData("""{"model":"flat","amount":"1","hold_policy":{"kind":"flat"}}""", "/hold_policy/amount: is missing")]
    [InlineData("""{"model":"flat","amount":"1","hold_policy":{"kind":"flat","amount":"0"}}""", "/hold_policy/amount: must be above zero")]
    [InlineData("""{"model":"flat","amount":"1","hold_policy":{"kind":"estimate","amount":"1"}}""", "/hold_policy/amount: amount belongs to the hold policies flat, max and learned")]
    [InlineData("""{"model":"flat","amount":"1","hold_policy":{"kind":"learned","amount":"-1"}}""", "/hold_policy/amount: must be above zero")]
    [InlineData("""{"model":"flat","amount":"1","hold_policy":{"kind":"flt"}}""", "/hold_policy/kind: \"flt\" is not a hold policy")]
    [InlineData("""{"model":"package","package_size":"0","percent":"1","per":"0","max_per_period":"-1"}""",
        "/per: per belongs to|/percent: percent belongs to|/package_size: must be above zero|/package_price: is missing|/per: must be above zero|/max_per_period: must not")]
    public void Every_problem_is_named_at_its_place(string definition, string expected)
    {
        var problems = new List<Problem>();
        Assert.Null(Price.From(Prices.Definition(definition), "/products/0/prices/2", problems));
        string[] wanted = expected.Split('|');
        string[] found = [.. problems.Select(p => $"{p.Pointer}: {p.Message}")];
        Assert.True(wanted.Length == found.Length, string.Join("\n", found));
        for (int i = 0; i < wanted.Length; i++)
        {
            Assert.StartsWith("/products/0/prices/2" + wanted[i], found[i], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gradated", "graduated")]
    [InlineData("Volume", "volume")]
    [InlineData("perunit", "per_unit")]
    [InlineData("stair_step", "stairstep")]
    [InlineData("percent", "percentage")]
    public void An_unknown_model_is_answered_with_the_nearest_name(string typed, string nearest)
    {
        var problems = new List<Problem>();
        Price.From(Prices.Definition("""{"model":"x"}""") with { Model = typed }, "", problems);
        Assert.Equal($"Did you mean \"{nearest}\"?", problems[0].Hint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("zzzzzzzzzzzzzzzzz")]
    public void A_model_like_none_is_answered_with_all_names(string typed)
    {
        var problems = new List<Problem>();
        Price.From(Prices.Definition("""{"model":"x"}""") with { Model = typed }, "", problems);
        Assert.Equal("Use one of \"per_unit\", \"flat\", \"graduated\", \"volume\", \"stairstep\", \"package\", \"percentage\", \"graduated_percentage\", \"matrix\", \"cost_plus\".", problems[0].Hint);
        Assert.Equal("per_unit, flat, graduated, volume, stairstep, package, percentage, graduated_percentage, matrix, cost_plus", problems[0].Allowed);
    }

    [Theory]
    [InlineData("""{"model":"flat","amount":"1","min_per_period":"1"}""")]
    [InlineData("""{"model":"cost_plus","markup_percent":"1","min_per_period":"1"}""")]
    public void What_comes_later_says_so(string definition)
    {
        var problems = new List<Problem>();
        Assert.Null(Price.From(Prices.Definition(definition), "", problems));
        Assert.Equal(ErrorCode.NotSupportedYet.Hint, Assert.Single(problems).Hint);
    }

    [Fact]
    public void Problems_of_an_earlier_price_do_not_spoil_a_good_one()
    {
        var problems = new List<Problem> { new("/products/0", "something else") };
        Assert.NotNull(Price.From(Prices.Definition("""{"model":"flat","amount":"1"}"""), "", problems));
        Assert.Single(problems);
    }
}
