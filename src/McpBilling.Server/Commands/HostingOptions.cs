using System.CommandLine;
using System.Globalization;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Mcp;
using McpBilling.Server.OAuth;

namespace McpBilling.Server.Commands;

/// <summary>What <c>serve</c> must know where others than its own machine call it: its public address, whose tokens it takes, how much a key may send.</summary>
internal sealed class HostingOptions
{
    private readonly Option<string?> publicUrl = new("--public-url")
    {
        Description = "The address under which clients know this server, when a proxy stands before it: https://billing.example.com. Default: MCP_BILLING_PUBLIC_URL, else what a request says.",
        HelpName = "URL",
    };

    private readonly Option<bool> stateless = new("--stateless") { Description = "Know no MCP sessions, so that requests may go to any of several processes on the same data." };

    private readonly Option<int?> rateLimit = new("--rate-limit")
    {
        Description = $"Requests per second and key, twice as many at once; 0 for no limit. Default: {RequestLimits.DefaultPerSecond}, or none where only this machine can call.",
        HelpName = "N",
    };

    private readonly Option<string?> issuer = new("--oauth-issuer")
    {
        Description = "Take JWT access tokens of this issuer besides keys. Default: MCP_BILLING_OAUTH_ISSUER.",
        HelpName = "URL",
    };

    private readonly Option<string?> audience = new("--oauth-audience")
    {
        Description = "The aud that tokens must have. Default: MCP_BILLING_OAUTH_AUDIENCE, else that of --public-url with /mcp.",
        HelpName = "URI",
    };

    private readonly Option<Mode> mode = SharedOptions.Workspace("--oauth-mode", "Which workspace tokens reach: test or live.");

    private readonly Option<string?> modeClaim = new("--oauth-mode-claim")
    {
        Description = "A claim of the token that says test or live and overrules --oauth-mode.",
        HelpName = "NAME",
    };

    public IEnumerable<Option> All => [publicUrl, stateless, rateLimit, issuer, audience, mode, modeClaim];

    /// <exception cref="CommandException">An address or a number that is none, or an issuer without an audience.</exception>
    public HttpDoorOptions Apply(HttpDoorOptions door, ParseResult line, Terminal terminal)
    {
        string? address = PublicUrl(Given(line.GetValue(publicUrl), "MCP_BILLING_PUBLIC_URL", terminal));
        string? from = Given(line.GetValue(issuer), "MCP_BILLING_OAUTH_ISSUER", terminal);
        string? aim = Given(line.GetValue(audience), "MCP_BILLING_OAUTH_AUDIENCE", terminal);
        if (from is null && aim is not null)
        {
            throw new CommandException("--oauth-audience is for the tokens of an issuer; name it with --oauth-issuer.", ExitCodes.Usage);
        }
        return door with
        {
            PublicUrl = address,
            Stateless = line.GetValue(stateless),
            RequestsPerSecond = PerSecond(line.GetValue(rateLimit), door.Urls),
            OAuth = from is null ? null : OAuthOptions.Parse(from, aim ?? (address is null ? null : address + BillingMcp.Path), line.GetValue(mode), line.GetValue(modeClaim)),
        };
    }

    private static string? Given(string? option, string variable, Terminal terminal) =>
        !string.IsNullOrWhiteSpace(option) ? option : terminal.Environment(variable) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;

    private static string? PublicUrl(string? given)
    {
        if (given is null)
        {
            return null;
        }
        bool isFit = Uri.TryCreate(given, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri!.PathAndQuery == "/" && uri.Fragment.Length + uri.UserInfo.Length == 0;
        return isFit ? uri!.GetLeftPart(UriPartial.Authority) : throw new CommandException($"{given} is not an address of this server; write it as https://billing.example.com, without a path.", ExitCodes.Usage);
    }

    private static int PerSecond(int? given, ListenUrls urls) => given switch
    {
        null => urls.IsLoopbackOnly ? 0 : RequestLimits.DefaultPerSecond,
        >= 0 and <= RequestLimits.MaxPerSecond => given.Value,
        _ => throw new CommandException(string.Create(CultureInfo.InvariantCulture, $"--rate-limit must be 0 to {RequestLimits.MaxPerSecond}."), ExitCodes.Usage),
    };
}
