using System.Text;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Commands;
using McpBilling.Server.Mcp;
using McpBilling.Server.Tests.Catalog;
using McpBilling.Server.Tests.Usage;
using ModelContextProtocol.Protocol;

namespace McpBilling.Server.Tests.Mcp;

/// <summary>How the server behaves in a conversation, beside what its tools do.</summary>
public sealed class MannersTests
{
    public static TheoryData<string> Eras => [McpPair.Initialize, McpPair.Discover];

    [Theory]
    [MemberData(nameof(Eras))]
    public async Task It_says_who_it_is(string era)
    {
        await using var pair = await McpPair.Connect(TestOperations.Surface(new FakeBilling()), era);
        var server = pair.Client.ServerInfo!;
        Assert.Equal(("mcp-billing", "McpBilling", BillingServer.Version, BillingServer.Website), (server.Name, server.Title, server.Version, server.WebsiteUrl));
        Assert.Equal(["light", "dark"], server.Icons!.Select(i => i.Theme));
        foreach (var icon in server.Icons!)
        {
            const string Data = "data:image/svg+xml;base64,";
            Assert.StartsWith(Data, icon.Source, StringComparison.Ordinal);
            Assert.Equal("svg", System.Xml.Linq.XDocument.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(icon.Source[Data.Length..]))).Root!.Name.LocalName);
            Assert.InRange(icon.Source.Length, 1, 1_000);
        }
        Assert.Equal(BillingServer.Instructions, pair.Client.ServerInstructions);
    }

    [Fact]
    public void The_usual_toolsets_can_be_named_together_with_others()
    {
        Assert.Equal(McpSurface.DefaultToolSets.Append(ToolSet.Admin).Order(), ToolOptions.Parse(["default,admin"]).Order());
        Assert.Equal(McpSurface.DefaultToolSets.Order(), ToolOptions.Parse(["default"]).Order());
        Assert.Equal([ToolSet.Usage], ToolOptions.Parse(["usage"]));
    }

    [Theory]
    [InlineData("""{"customer_id":"ann","asset":"usd","amount":"1000","idempotency_key":"g1"}""", Mode.Live, true)]
    [InlineData("""{"customer_id":"ann","asset":"usd","amount":999.99,"idempotency_key":"g1"}""", Mode.Live, false)]
    [InlineData("""{"customer_id":"ann","asset":"usd","amount":"1000000","idempotency_key":"g1"}""", Mode.Test, false)]
    public async Task A_large_grant_is_asked_about_where_money_is_real(string grant, Mode mode, bool asks)
    {
        await using var shop = new CatalogShop();
        await using var pair = await McpPair.Connect(shop.Surface(mode), McpPair.Discover);
        var result = await ToolCallTests.Call(pair.Client, "grant_credit", grant);
        if (!asks)
        {
            Assert.NotEqual(true, result.IsError);
            return;
        }
        ToolCallTests.AssertRefused(result, ErrorCode.ConfirmationRequired, "confirm");
        Assert.NotEqual(true, (await ToolCallTests.Call(pair.Client, "grant_credit", grant.Insert(1, "\"confirm\":true,"))).IsError);
    }

    [Theory]
    [InlineData("/v1/customers", "customers", "name,email")]
    [InlineData("/v1/usage", "events", "properties,subject,feature")]
    [InlineData("/v1/customers/ann/entries", "entries", "held,counter,grant_id,cost_basis")]
    [InlineData("/v1/customers/ann/wallet", "accounts", "grants,scheduled_grants")]
    public async Task Concise_lists_leave_out_the_detail_and_detailed_ones_are_as_ever(string path, string list, string left)
    {
        await using var server = await LiveServer.Start();
        await server.Client.Apply(JsonSerializer.Deserialize<JsonElement>("""{"meters":[{"id":"m","event_type":"e","aggregation":"sum"}],"products":[{"id":"p","prices":[{"id":"a","meter":"m","asset":"usd","model":"per_unit","unit_price":"1"}]}]}"""));
        await server.Client.Do("/v1/customers", """{"id":"ann","name":"Ann","email":"a@example.com"}""");
        await server.Client.Do("/v1/grants", """{"customer_id":"ann","asset":"usd","amount":"10","idempotency_key":"g","source":"paid","cost_basis":{"currency":"usd","amount":"10"}}""");
        await server.Client.Do("/v1/usage", """{"id":"u1","customer_id":"ann","event_type":"e","quantity":"2","properties":{"x":1},"subject":{"session":"s"},"feature":"f"}""");
        string[] fields = left.Split(',');
        HashSet<string> NamesIn(JsonElement answer) => [.. answer.GetProperty(list).EnumerateArray().SelectMany(i => i.EnumerateObject()).Select(p => p.Name)];

        var usual = NamesIn((await server.Client.Get(path)).Json);
        Assert.Superset(fields.ToHashSet(), usual);
        Assert.Equal(usual, NamesIn((await server.Client.Get(path + "?detail=detailed")).Json));
        var concise = NamesIn((await server.Client.Get(path + "?detail=concise")).Json);
        Assert.Equal(usual.Except(fields).Order(), concise.Order());
        var refused = await server.Client.Get(path + "?detail=short");
        Assert.Equal((400, "detail"), (refused.Status, refused.Field));
    }
}
