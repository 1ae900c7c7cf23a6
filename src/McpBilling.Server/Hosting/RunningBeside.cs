using System.Text.Json;

namespace McpBilling.Server.Hosting;

/// <summary>The usual case: <c>serve</c> runs, and a coding tool starts <c>stdio</c>. Then the app's runtime API is the one that already listens, if it has the same data.</summary>
internal static class RunningBeside
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The first address where a program with this data answers; null when none does.</summary>
    public static async Task<string?> Find(ListenUrls urls, string? data, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        foreach (string url in urls.Urls)
        {
            try
            {
                var health = JsonElement.Parse(await http.GetByteArrayAsync(new Uri(new Uri(url), "/healthz"), cancellation));
                if (data is not null && health.ValueKind == JsonValueKind.Object && health.TryGetProperty("data", out var other) && other.ValueEquals(data))
                {
                    return url;
                }
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or UriFormatException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                // Something else listens there.
            }
        }
        return null;
    }
}
