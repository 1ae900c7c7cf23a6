using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.Telemetry;
using Microsoft.Net.Http.Headers;

namespace McpBilling.Server.Rest;

/// <summary>Failures as RFC 9457 problem details, the same fields from every address.</summary>
internal static class ProblemWriter
{
    public const string ContentType = "application/problem+json";

    /// <summary>Problem types are names, not pages: <c>urn:mcp-billing:insufficient_balance</c>.</summary>
    public const string TypePrefix = "urn:mcp-billing:";

    private const string SecondsToRetry = "1";
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Answers with the failure, unless the answer has begun already.</summary>
    /// <param name="fixedHint">What to do next, where more is known than the code's own hint says.</param>
    /// <param name="more">Writes members of its own beside the usual ones.</param>
    public static async Task Write(HttpContext context, BillingException failure, string? fixedHint = null, Action<Utf8JsonWriter>? more = null)
    {
        ServerMeter.Problem(failure.Code);
        context.Items[typeof(ErrorCode)] = failure.Code;
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }
        var code = failure.Code;
        response.StatusCode = code.Status;
        response.ContentType = ContentType;
        if (code.Retryable && !response.Headers.ContainsKey(HeaderNames.RetryAfter))
        {
            response.Headers.RetryAfter = SecondsToRetry;
        }
        if (code.Status == StatusCodes.Status401Unauthorized && !response.Headers.ContainsKey(HeaderNames.WWWAuthenticate))
        {
            response.Headers.WWWAuthenticate = BearerChallenge.ForUnauthenticated(metadata: null, sent: context.Request.Headers.Authorization.Count > 0, failure.Detail);
        }
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            WriteTo(json, failure, context.TraceIdentifier, fixedHint, more);
        }
        response.ContentLength = buffer.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
        }
    }

    private static void WriteTo(Utf8JsonWriter json, BillingException failure, string requestId, string? fixedHint, Action<Utf8JsonWriter>? more)
    {
        var code = failure.Code;
        json.WriteStartObject();
        json.WriteString("type", TypePrefix + code.Name);
        json.WriteString("title", code.Title);
        json.WriteNumber("status", code.Status);
        json.WriteString("code", code.Name);
        json.WriteString("detail", Whole(failure.Detail));
        if (failure.Field is { } field)
        {
            json.WriteString("field", Whole(field));
        }
        json.WriteString("hint", fixedHint ?? code.Hint);
        json.WriteBoolean("retryable", code.Retryable);
        json.WriteString("request_id", requestId);
        more?.Invoke(json);
        if (failure.Problems.Count > 0)
        {
            json.WriteStartArray("problems");
            foreach (var problem in failure.Problems)
            {
                json.WriteStartObject();
                json.WriteString("pointer", Whole(problem.Pointer));
                json.WriteString("field", Whole(problem.Field));
                json.WriteString("message", Whole(problem.Message));
                if (problem.Found is { } found)
                {
                    json.WriteString("found", Whole(found));
                }
                if (problem.Allowed is { } allowed)
                {
                    json.WriteString("allowed", Whole(allowed));
                }
                if (problem.Hint is { } hint)
                {
                    json.WriteString("hint", Whole(hint));
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    // A name that was cut in the middle of a surrogate pair must not make the failure fail.
    private static string Whole(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) && i++ >= 0))
            {
                return new string(System.Text.Encoding.UTF8.GetChars(System.Text.Encoding.UTF8.GetBytes(text)));
            }
        }
        return text;
    }
}
