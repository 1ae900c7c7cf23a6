using System.Net;
using System.Text;

namespace McpBilling.Stripe.Tests;

/// <summary>A request as it went out.</summary>
internal sealed record SentRequest(string Method, string Path, string Body, string? Key, string? Version)
{
    /// <summary>The fields of the form, by name.</summary>
    public IReadOnlyDictionary<string, string> Form { get; } = Body.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2))
        .ToDictionary(p => WebUtility.UrlDecode(p[0]), p => WebUtility.UrlDecode(p[1]), StringComparer.Ordinal);
}

/// <summary>Stands where Stripe would be: notes each request and answers from a script, the last answer again and again.</summary>
internal sealed class ScriptedStripe(params (int Status, string Body)[] answers) : HttpMessageHandler
{
    /// <summary>A status below zero: no answer ever comes.</summary>
    public const int Silence = -1;

    /// <summary>The connection breaks.</summary>
    public const int Broken = -2;

    public List<SentRequest> Sent { get; } = [];

    public string? RetryAfter { get; init; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Sent.Add(await Note(request, cancellationToken));
        var (status, body) = answers[Math.Min(Sent.Count, answers.Length) - 1];
        if (status == Silence)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        if (status == Broken)
        {
            throw new HttpRequestException("the connection broke");
        }
        var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json"), RequestMessage = request };
        if (RetryAfter is not null)
        {
            answer.Headers.TryAddWithoutValidation("Retry-After", RetryAfter);
        }
        return answer;
    }

    public static async Task<SentRequest> Note(HttpRequestMessage request, CancellationToken cancellation) => new(
        request.Method.Method, request.RequestUri!.PathAndQuery, request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellation),
        request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null,
        request.Headers.TryGetValues("Stripe-Version", out var versions) ? versions.Single() : null);
}

/// <summary>Carries each request to the contract, and fails where it is not taken; answers with what the test wants to come back, or with the contract's example.</summary>
internal sealed class Witness : DelegatingHandler
{
    private readonly string? _answer;

    public Witness(string? answer = null)
    {
        _answer = answer;
        InnerHandler = new SocketsHttpHandler();
    }

    public List<SentRequest> Sent { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Sent.Add(await ScriptedStripe.Note(request, cancellationToken));
        var answer = await base.SendAsync(request, cancellationToken);
        string body = await answer.Content.ReadAsStringAsync(cancellationToken);
        // Outside xUnit's reach the library would take an assertion for a lost connection and try again.
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            Refusals.Add($"{Sent[^1].Method} {Sent[^1].Path} {Sent[^1].Body}: {(int)answer.StatusCode} {body}");
        }
        return _answer is null ? answer : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(_answer, Encoding.UTF8, "application/json"), RequestMessage = request };
    }

    /// <summary>What the contract did not take.</summary>
    public List<string> Refusals { get; } = [];
}
