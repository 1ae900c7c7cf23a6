using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Payments.Exporting;
using McpBilling.Tests.Catalog;
using McpBilling.Usage;

namespace McpBilling.Tests.Payments;

public sealed class ExportRouteTests
{
    [Fact]
    public void Routes_are_read_from_a_line()
    {
        var (routes, wrong) = ExportRoute.Parse(" images=api_images, gpu_hours = gpu_seconds*3600 ,tokens=ai_tokens*0.001");
        Assert.Null(wrong);
        Assert.Equal([new("images", "api_images", 1), new("gpu_hours", "gpu_seconds", 3600), new ExportRoute("tokens", "ai_tokens", 0.001m)], routes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("images")]
    [InlineData("images=")]
    [InlineData("=api_images")]
    [InlineData("a=b=c")]
    [InlineData("a=b*0")]
    [InlineData("a=b*-1")]
    [InlineData("a=b*1e3")]
    [InlineData("a=b*2*3")]
    [InlineData("a=x,b=x")]
    public void What_is_no_route_is_said_so(string text) => Assert.NotNull(ExportRoute.Parse(text).Wrong);

    [Theory]
    [InlineData("images", "1", "4")]
    [InlineData("images", "3600", "14400")]
    [InlineData("calls", "1", "1")]
    [InlineData("bytes", "1", "512")]
    // Of another size, of no such meter, and what does not add up.
    [InlineData("large", "1", null)]
    [InlineData("none", "1", null)]
    [InlineData("peak", "1", null)]
    [InlineData("seats", "1", null)]
    public void An_event_is_measured_as_its_meter_says(string meter, string factor, string? measured)
    {
        var route = new ExportRoute(meter, "out", decimal.Parse(factor, System.Globalization.CultureInfo.InvariantCulture));
        var e = new UsageEvent("e1", "image", new Instant(0), 4, EventProperties.Parse("""{"bytes":512,"size":"small"}"""));
        Assert.Equal(measured, route.Measure(Catalog, e) is { } value ? Quantity.Format(value) : null);
        Assert.Null(route.Measure(Catalog, e with { EventType = "another" }));
    }

    [Theory]
    [InlineData("""{"stripe_customer_id":"cus_1"}""", "cus_1")]
    [InlineData("""{"stripe_customer_id":7}""", null)]
    [InlineData("""{"stripe_customer_id":""}""", null)]
    [InlineData("""{"other":"cus_1"}""", null)]
    [InlineData(null, null)]
    public void A_customers_id_at_the_biller_is_in_their_metadata(string? metadata, string? id) => Assert.Equal(id, ExportSource.CustomerIn(metadata));

    private static readonly CatalogSnapshot Catalog = Catalogs.After(
        """
        {"meters":[{"id":"images","event_type":"image","aggregation":"sum"},
                   {"id":"calls","event_type":"image","aggregation":"count"},
                   {"id":"bytes","event_type":"image","aggregation":"sum","property":"bytes"},
                   {"id":"large","event_type":"image","aggregation":"sum","filter":{"size":["large"]}},
                   {"id":"peak","event_type":"image","aggregation":"max","property":"bytes"},
                   {"id":"seats","event_type":"image","aggregation":"sum","weight_by":"time"}]}
        """);
}
