using McpBilling.Operations;

namespace McpBilling.Tests.Operations;

public class NearestNameTests
{
    [Theory]
    [InlineData("image.genrated", "image.generated")]
    [InlineData("custmer_id", "customer_id")]
    [InlineData("customer-id", "customer_id")]
    [InlineData("USD", "usd")]
    [InlineData("usdd", "usd")]
    [InlineData("cust", "customer_id")]
    [InlineData("sudt", null)]
    [InlineData("zzzzzz", null)]
    [InlineData("", null)]
    public void The_nearest_valid_name_is_suggested_and_nothing_far_away(string typed, string? expected) =>
        Assert.Equal(expected, NearestName.Of(typed, ["customer_id", "image.generated", "usd"]));

    [Fact]
    public void Endless_names_are_not_compared() => Assert.Null(NearestName.Of(new string('a', 100_000), [new string('a', 100_000)]));
}
