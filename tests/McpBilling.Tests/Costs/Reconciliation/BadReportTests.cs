using McpBilling.Costs.Reconciliation;
using McpBilling.Costs.Reconciliation.Reports;
using McpBilling.Operations;

namespace McpBilling.Tests.Costs.Reconciliation;

/// <summary>What is wrong with a document is said with its place, what was found, and what is allowed.</summary>
public sealed class BadReportTests
{
    private const string CostHeader = "start_time,end_time,amount_value,amount_currency,line_item\n";
    private const string UsageHeader = "usage_date_utc,model_version,usage_input_tokens_no_cache,usage_output_tokens\n";

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("{", "line 1, byte 2: is not JSON")]
    [InlineData("{}", "is no page of a report")]
    [InlineData("[1]", "is no page of a report")]
    [InlineData("""{"data":[]}""", "is none of the reports that can be read")]
    [InlineData("""{"data":[{"start_time":1764547200,"results":[]}]}""", "no bucket has any result")]
    [InlineData("""{"data":[{"start_time":1764547200,"results":[{"rows":1}]}]}""", "is none of the reports that can be read")]
    [InlineData("""{"data":[{"results":[]}]}""", "data[0]: does not say when it begins")]
    [InlineData("""{"data":[{"start_time":1764547200}]}""", "data[0]: has no results")]
    [InlineData("""{"data":[{"start_time":1764547200,"end_time":1765152000,"results":[]}]}""", "more than a day")]
    [InlineData("""{"data":[{"start_time":1764547200,"end_time":1764547200,"results":[]}]}""", "not after it begins")]
    [InlineData("""{"data":[{"start_time":"yesterday","results":[]}]}""", "start_time is \"yesterday\": it must be a time")]
    [InlineData("""{"data":[{"start_time":5,"results":[]}]}""", "start_time is \"5\": it must be a time")]
    [InlineData("a,b\n1,2\n", "Its columns are: a, b.")]
    [InlineData("a,a\n1,2\n", "names the column \"a\" twice")]
    [InlineData(CostHeader + "1764547200,1764633600,0.5,eur,x\n", "line 2: amount.currency is \"eur\": costs are kept in usd")]
    [InlineData(CostHeader + "1764547200,1764633600,0.5,,x\n", "line 2: amount.currency is missing")]
    [InlineData(CostHeader + "1764547200,1764633600,-0.5,usd,x\n", "line 2: amount.value is \"-0.5\": it must be a decimal number, not negative")]
    [InlineData(CostHeader + "1764547200,1764633600,much,usd,x\n", "line 2: amount.value is \"much\"")]
    [InlineData(CostHeader + "1764547200,1764633600,1e400,usd,x\n", "line 2: amount.value is \"1e400\"")]
    [InlineData(CostHeader + "1764547200,1764633600,0.5,usd,\"x\n", "line 2: a quoted field does not end")]
    [InlineData(CostHeader + "1764547200,1764633600,0.5,usd,x,more\n", "line 2: has 6 fields, the header names 5")]
    [InlineData(UsageHeader + "2025-12-01,claude,1.5,0\n", "line 2: usage_input_tokens_no_cache is \"1.5\": it must be a whole number")]
    [InlineData(UsageHeader + "2025-12-01,claude,-1,0\n", "line 2: usage_input_tokens_no_cache is \"-1\"")]
    [InlineData(UsageHeader + "2025-12-01,claude,12abc,0\n", "line 2: usage_input_tokens_no_cache is \"12abc\"")]
    [InlineData(UsageHeader + "01/12/2025,claude,1,0\n", "line 2: usage_date_utc is \"01/12/2025\": it must be a time")]
    [InlineData(UsageHeader + "2025-12-01,claude,10000000000000000,0\n", "at most 10^15")]
    public void A_bad_document_is_refused_with_its_place(string text, string says)
    {
        var refused = Assert.Throws<BillingException>(() => Read(text));
        Assert.Equal(ErrorCode.InvalidRequest, refused.Code);
        Assert.Equal("documents[3].text", refused.Field);
        Assert.StartsWith("invoice.csv", refused.Detail, StringComparison.Ordinal);
        Assert.Contains(says, refused.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"amount":"12","currency":"EUR"}""", "currency is \"EUR\"")]
    [InlineData("""{"amount":"-12","currency":"USD"}""", "amount is \"-12\"")]
    [InlineData("""{"amount":"12","currency":"USD","cost_type":"tokens"}""", "token_type is missing")]
    [InlineData("""{"uncached_input_tokens":1,"cache_creation":{"ephemeral_5m_input_tokens":[1]}}""", "cache_creation.ephemeral_5m_input_tokens is a list")]
    [InlineData("""{"uncached_input_tokens":"lots"}""", "uncached_input_tokens is \"lots\"")]
    [InlineData("""{"object":"organization.usage.completions.result","input_tokens":5,"input_cached_tokens":6,"output_tokens":1}""", "the parts of input_tokens are more than the whole")]
    [InlineData("""{"object":"organization.usage.completions.result","batch":"perhaps","input_tokens":5}""", "batch is \"perhaps\": it must be true or false")]
    [InlineData("""{"object":"organization.usage.horoscopes.result","input_tokens":5}""", "is none of the reports")]
    [InlineData("7", "must be an object")]
    public void A_bad_row_is_refused_with_its_place(string row, string says)
    {
        var refused = Assert.Throws<BillingException>(() => Read($$"""{"data":[{"starting_at":"2025-12-01T00:00:00Z","results":[{{row}}]}]}"""));
        Assert.Contains(says, refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_reports_in_one_document_are_refused()
    {
        var refused = Assert.Throws<BillingException>(() => Read("""
            {"data":[{"start_time":1764547200,"results":[{"object":"organization.usage.embeddings.result","input_tokens":5,"num_model_requests":1},{"object":"organization.usage.images.result","images":5}]}]}
            """));
        Assert.Contains("data[0].results[1]: is a row of organization/usage/images", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_repeated_of_a_document_is_short_and_on_one_line()
    {
        var refused = Assert.Throws<BillingException>(() => Read(CostHeader + "1764547200,1764633600,\"" + new string('x', 500) + "\u0007\",usd,x\n"));
        Assert.InRange(refused.Detail.Length, 10, 250);
        Assert.DoesNotContain(refused.Detail, char.IsControl);
    }

    private static ProviderReport Read(string text) => ReportReader.Read(new ReportDocument("invoice.csv", text), "documents[3].text");
}
