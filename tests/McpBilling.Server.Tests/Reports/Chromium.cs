using Microsoft.Playwright;

namespace McpBilling.Server.Tests.Reports;

/// <summary>The system's Chromium, once for all tests of a class: what a person would see of a page, and what the page would do.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Path = "/usr/bin/chromium";
    private IPlaywright? playwright;
    private IBrowser? browser;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }
        playwright?.Dispose();
    }

    /// <summary>Opens a file and notes everything that it asks for and complains of.</summary>
    public async Task<Look> Open(string file, ColorScheme scheme = ColorScheme.Light, int width = 1280)
    {
        var browser = await Browser();
        var look = Watch(await browser.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } }));
        await look.Page.GotoAsync(new Uri(file).AbsoluteUri, new() { WaitUntil = WaitUntilState.Load });
        return look;
    }

    /// <summary>A visitor of their own, with cookies of their own.</summary>
    public async Task<IBrowserContext> Visitor(BrowserNewContextOptions options) => await (await Browser()).NewContextAsync(options);

    /// <summary>Notes everything that a page asks for and complains of.</summary>
    public static Look Watch(IPage page)
    {
        var look = new Look(page);
        page.Request += (_, request) => look.Requests.Add(request.Url);
        page.Console += (_, message) => look.Complaints.Add($"{message.Type}: {message.Text}");
        page.PageError += (_, error) => look.Complaints.Add(error);
        page.Dialog += (_, dialog) => look.Complaints.Add($"dialog: {dialog.Message}");
        return look;
    }

    private async Task<IBrowser> Browser()
    {
        if (!File.Exists(Path))
        {
            Needs.Absent($"{Path} is not there: apt-get install chromium");
        }
        playwright ??= await Playwright.CreateAsync();
        return browser ??= await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Path, Args = ["--no-sandbox", "--disable-background-networking"] });
    }
}

/// <summary>An open page.</summary>
public sealed class Look(IPage page) : IAsyncDisposable
{
    public IPage Page { get; } = page;
    public List<string> Requests { get; } = [];
    public List<string> Complaints { get; } = [];

    /// <summary>The text of every element that the selector finds, in the order of the page.</summary>
    public Task<string[]> Texts(string selector) => Page.EvaluateAsync<string[]>("s => [...document.querySelectorAll(s)].map(e => e.textContent)", selector);

    /// <summary>For eyes: a picture in the folder that MCP_BILLING_PICTURES names, if it does.</summary>
    public async Task Picture(string name)
    {
        if (Environment.GetEnvironmentVariable("MCP_BILLING_PICTURES") is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }

    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
