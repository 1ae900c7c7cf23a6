using System.Globalization;
using System.Text.Json;
using McpBilling.Server.Tests.Commands;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>A data file of its own with a key, and processes of the program on it: what a drill needs around its load.</summary>
internal sealed class DrillShop : IAsyncDisposable
{
    public const string EventType = "drill";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcp-billing-drill-");
    private readonly List<ProgramProcess> _servers = [];
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 256 }) { Timeout = TimeSpan.FromSeconds(60) };

    private DrillShop(string? data) => DataFile = data ?? Path.Combine(_folder.FullName, "billing.db");

    /// <summary>What <c>--data</c> names.</summary>
    public string DataFile { get; }

    public string Key { get; private set; } = "";

    /// <param name="data">What <c>--data</c> names; null for a fresh file.</param>
    /// <param name="program">The build of the program that makes it; null for the one beside the tests.</param>
    public static async Task<DrillShop> Open(string? data = null, string? program = null)
    {
        var shop = new DrillShop(data);
        var (exit, key, error) = await ProgramProcess.RunAny("dotnet", [program ?? ProgramProcess.Dll, "keys", "create", "--name", "drill"], environment: [("MCP_BILLING_DATA", shop.DataFile)]);
        Assert.True(exit == 0, error);
        shop.Key = key.Trim();
        return shop;
    }

    public string File(string name) => Path.Combine(_folder.FullName, name);

    /// <param name="environment">What a fault library wants to know.</param>
    public Task<(ProgramProcess Process, BillingClient Client)> Serve(params (string Name, string Value)[] environment) => Start(ProgramProcess.Dll, DataFile, [], environment);

    /// <summary>The same with another build of the program.</summary>
    public Task<(ProgramProcess Process, BillingClient Client)> ServeWith(string program, params (string Name, string Value)[] environment) => Start(program, DataFile, [], environment);

    /// <summary>A process on other data of which this shop's key is a key too: a copy of its own.</summary>
    /// <param name="data">What <c>--data</c> names.</param>
    /// <param name="options">More of the command line.</param>
    public Task<(ProgramProcess Process, BillingClient Client)> ServeOn(string data, params string[] options) => Start(ProgramProcess.Dll, data, options, []);

    private async Task<(ProgramProcess Process, BillingClient Client)> Start(string program, string data, string[] options, (string Name, string Value)[] environment)
    {
        var process = await ProgramProcess.Start("dotnet", [program, "serve", "--urls", "http://127.0.0.1:0", .. options], null, [("MCP_BILLING_DATA", data), .. environment]);
        _servers.Add(process);
        return (process, new BillingClient(_http, new Uri(process.Url), Key));
    }

    /// <summary>One unit of <see cref="EventType"/> costs one credit.</summary>
    public static Task Define(BillingClient client) => client.Apply(JsonElement.Parse(
        """
        {"assets":[{"id":"credits","scale":0}],"meters":[{"id":"drill","event_type":"drill","aggregation":"sum"}],
         "products":[{"id":"drill","prices":[{"id":"drill","meter":"drill","asset":"credits","model":"per_unit","unit_price":"1"}]}]}
        """));

    public static async Task<decimal> Figure(BillingClient client, string customer, string figure, string asset) => decimal.Parse(
        (await client.Wallet(customer)).Json.GetProperty("accounts").EnumerateArray().Single(a => a.GetProperty("asset").GetString() == asset).GetProperty(figure).GetString()!,
        CultureInfo.InvariantCulture);

    /// <summary>The command <c>verify</c> on this shop's data, or on other.</summary>
    /// <param name="digests">Files of digests that the ledger is held against.</param>
    public async Task MustVerify(string? data = null, params string[] digests)
    {
        var (exit, output, error) = await ProgramProcess.Run(data ?? DataFile, ["verify", .. digests.Length > 0 ? digests.Prepend("--digest") : []]);
        Assert.True(exit == 0, output + error);
        Assert.Contains(digests.Length > 0 ? " digests" : "everything adds up", output, StringComparison.Ordinal);
    }

    /// <summary>Lets the shop's day pass, and exports its signed digest.</summary>
    /// <returns>The file.</returns>
    public async Task<string> Digest(BillingClient client)
    {
        var now = DateTime.Parse((await client.Get("/v1/test-clock")).Json.GetProperty("now").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        await client.Clock(now.Date.AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        string file = File("digest.json");
        var (exit, output, error) = await ProgramProcess.Run(DataFile, "digest", "--day", now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "--out", file);
        Assert.True(exit == 0, output + error);
        return file;
    }

    /// <summary>What <c>verify</c> of another build of the program finds, line by line.</summary>
    public async Task<string[]> Differences(string program)
    {
        var (exit, output, error) = await ProgramProcess.RunAny("dotnet", [program, "verify"], environment: [("MCP_BILLING_DATA", DataFile)]);
        string[] found = error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.True(exit == (found.Length > 0 ? 1 : 0), output + error);
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
        _http.Dispose();
        _folder.Delete(recursive: true);
    }
}
