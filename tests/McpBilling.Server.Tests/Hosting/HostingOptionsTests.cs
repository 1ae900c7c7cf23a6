using McpBilling.Server.Commands;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Rest;

namespace McpBilling.Server.Tests.Hosting;

/// <summary>What <c>serve</c> refuses to start with.</summary>
public sealed class HostingOptionsTests
{
    [Theory]
    [InlineData("--public-url billing.example.com", "is not an address of this server")]
    [InlineData("--public-url https://billing.example.com/base", "without a path")]
    [InlineData("--public-url ftp://billing.example.com", "is not an address of this server")]
    [InlineData("--rate-limit -1", "--rate-limit must be 0 to 1000000")]
    [InlineData("--rate-limit many", "Cannot parse")]
    [InlineData("--oauth-audience https://a.example.com", "name it with --oauth-issuer")]
    [InlineData("--oauth-issuer https://login.example.com", "--oauth-audience is missing")]
    [InlineData("--oauth-issuer http://login.example.com --oauth-audience a", "plain http is for issuers on this machine only")]
    [InlineData("--oauth-issuer login.example.com --oauth-audience a", "is not an issuer")]
    [InlineData("--oauth-issuer https://user@login.example.com --oauth-audience a", "is not an issuer")]
    [InlineData("--oauth-issuer https://login.example.com?x=1 --oauth-audience a", "is not an issuer")]
    [InlineData("--oauth-issuer https://login.example.com --oauth-audience a --oauth-mode prod", "--oauth-mode must be test or live")]
    public async Task An_option_that_cannot_hold_is_refused_before_anything_is_opened(string options, string says)
    {
        using var error = new StringWriter();
        var engine = new FakeEngine();
        int code = await CommandLine.Run(["serve", .. options.Split(' ')], PaintShop.Parts(engine), new Terminal(TextWriter.Null, error, _ => null), inputIsPiped: false);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(says, error.ToString());
    }
}
