using McpBilling.Operations;
using McpBilling.Webhooks;

namespace McpBilling.Tests.Webhooks;

/// <summary>Which addresses and types may be asked for.</summary>
public sealed class EndpointUrlTests
{
    [Theory]
    [InlineData("https://example.com/hooks", true, true)]
    [InlineData("https://hooks.example.com:8443/a?b=c", true, true)]
    [InlineData("http://example.com/hooks", true, false)]
    [InlineData("http://127.0.0.1:3000/hooks", true, false)]
    [InlineData("https://localhost/hooks", true, false)]
    [InlineData("https://127.0.0.1/hooks", true, false)]
    [InlineData("https://2130706433/", true, false)]
    [InlineData("https://0x7f.1/", true, false)]
    [InlineData("https://[::1]/", true, false)]
    [InlineData("https://8.8.8.8/", true, false)]
    [InlineData("https://metadata.google.internal/", true, false)]
    [InlineData("https://printer.local/", true, false)]
    [InlineData("https://app.localhost./", true, false)]
    [InlineData("https://billing/", true, false)]
    [InlineData("https://user:password@example.com/", false, false)]
    [InlineData("https://example.com/#there", false, false)]
    [InlineData("ftp://example.com/", false, false)]
    [InlineData("file:///etc/passwd", false, false)]
    [InlineData("example.com/hooks", false, false)]
    [InlineData("https://exa mple.com/", false, false)]
    [InlineData("https://example.com/\n", false, false)]
    public void An_address_is_public_and_https_but_in_a_test_workspace_it_may_be_of_this_machine(string url, bool inTest, bool inLive)
    {
        Assert.Equal((inTest, inLive), (Accepts(url, Mode.Test), Accepts(url, Mode.Live)));
    }

    [Fact]
    public void An_unknown_type_is_refused_with_the_nearest_one()
    {
        var refusal = Assert.Throws<BillingException>(() => MessageTypes.Require(["top_up.paid", "balance.lo"], "types"));
        var problem = Assert.Single(refusal.Problems);
        Assert.Equal(("/types/1", "Did you mean \"balance.low\"?"), (problem.Pointer, problem.Hint));
    }

    [Fact]
    public void Who_asked_for_nothing_listens_to_everything()
    {
        var listeners = new WebhookListeners([(1, ["hold.expired"]), (2, []), (3, ["hold.expired", "refund.failed"])]);
        Assert.Equal([1, 2, 3], listeners.Of("hold.expired"));
        Assert.Equal([2, 3], listeners.Of("refund.failed"));
        Assert.True(listeners.Wants("margin.alert"));
        Assert.False(new WebhookListeners([(1, ["hold.expired"])]).Wants("margin.alert"));
        Assert.True(WebhookListeners.None.IsEmpty);
        Assert.Equal(listeners, new WebhookListeners([(1, ["hold.expired"]), (2, []), (3, ["refund.failed", "hold.expired"])]));
    }

    private static bool Accepts(string url, Mode mode)
    {
        try
        {
            EndpointUrl.Require(url, mode);
            return true;
        }
        catch (BillingException e) when (e.Field == "url")
        {
            return false;
        }
    }
}
