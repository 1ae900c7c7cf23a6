using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Integration;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using McpBilling.Server.OAuth;

namespace McpBilling.Server.Rest;

/// <summary>One operation at its address. Everything that can be known beforehand is resolved when the server starts.</summary>
internal sealed class RestEndpoint
{
    private const string KeyField = "idempotency_key";
    private const string KeyHeader = "Idempotency-Key";
    private static readonly JsonEncodedText EncodedKeyField = JsonEncodedText.Encode(KeyField);

    private readonly Operation operation;
    private readonly IBilling billing;
    private readonly Authentication authentication;
    private readonly LongOperations longOperations;
    private readonly InputReader reader;
    private readonly JsonTypeInfo outputType;
    private readonly JsonEncodedText[] routeFields;
    private readonly bool takesKey;
    private readonly CloudEvents? cloudEvents;
    private readonly AppWatch? watch;
    private readonly bool remembers;

    /// <param name="remembers">Leave the caller in the items of each request, not only of those that fail.</param>
    public RestEndpoint(
        Operation operation, IBilling billing, Authentication authentication, LongOperations longOperations, JsonSerializerOptions json, AppWatch? watch = null,
        bool remembers = false)
    {
        this.remembers = remembers;
        (this.operation, this.billing, this.authentication, this.longOperations, this.watch) = (operation, billing, authentication, longOperations, watch);
        Route = RestRoute.Parse(operation.Route!);
        reader = new InputReader(operation.InputType, json);
        outputType = json.GetTypeInfo(operation.OutputType);
        routeFields = [.. Route.Fields.Select(f => JsonEncodedText.Encode(f))];
        cloudEvents = CloudEvents.For(operation);
        takesKey = reader.Has(KeyField);
    }

    public RestRoute Route { get; }

    /// <summary>What is behind the address.</summary>
    public string OperationName => operation.Name;

    public async Task Handle(HttpContext context)
    {
        var caller = await authentication.Authenticate(context);
        if (remembers)
        {
            Remember(context, caller);
        }
        try
        {
            if (IAccessTokens.CanStepUp(caller) && !caller.ScopeNames.Contains(operation.Scope))
            {
                context.Response.Headers.WWWAuthenticate = BearerChallenge.ForMissingScope(metadata: null, caller, operation.Scope);
            }
            caller.Require(operation.Scope);
            watch?.Environment(context.Request.Headers[SignalReading.EnvironmentHeader], caller);
            using var turn = longOperations.Enter(operation, caller);
            object input = Route.HasBody ? await ReadBody(context, caller) : reader.FromQuery(context.Request.Query, FieldsOf(context));
            // Work that changes something is finished even when the caller has gone: it will ask again with the same key.
            object output;
            try
            {
                output = await operation.Run(input, caller, billing, operation.Reads ? context.RequestAborted : CancellationToken.None);
            }
            catch (BillingException refusal) when (watch is not null)
            {
                watch.Refused(input, refusal, caller);
                throw;
            }
            watch?.Answered(input, output, caller);
            if (operation.Creates && output is ICreated { Created: true })
            {
                context.Response.StatusCode = StatusCodes.Status201Created;
            }
            await ResponseBody.Write(context, output, outputType);
        }
        catch (Exception) when (Remember(context, caller))
        {
            throw;
        }
    }

    // False: it catches nothing. Whose request failed is worth a word in the log; one that succeeds need not pay for it.
    private static bool Remember(HttpContext context, Caller caller)
    {
        context.Items[typeof(Caller)] = caller;
        return false;
    }

    private async ValueTask<object> ReadBody(HttpContext context, Caller caller)
    {
        var body = await RequestBody.Read(context, takesCloudEvents: cloudEvents is not null);
        try
        {
            if (cloudEvents?.Translate(context.Request.ContentType, body.Sent) is { } translated)
            {
                using (translated)
                {
                    return reader.FromDocument(translated, FieldsOf(context));
                }
            }
            return reader.FromBody(ref body, FieldsOf(context));
        }
        catch (BillingException refusal) when (watch is not null)
        {
            // The reader has put the body back as it was sent.
            watch.Unread(body.Sent, refusal, caller);
            throw;
        }
        finally
        {
            body.Dispose();
        }
    }

    private ReadOnlySpan<KeyValuePair<JsonEncodedText, string>> FieldsOf(HttpContext context)
    {
        var header = takesKey ? context.Request.Headers[KeyHeader] : default;
        if (header.Count > 1)
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"The header {KeyHeader} is there more than once.", KeyField);
        }
        if (routeFields.Length + header.Count == 0)
        {
            return default;
        }
        var fields = new KeyValuePair<JsonEncodedText, string>[routeFields.Length + header.Count];
        for (int i = 0; i < routeFields.Length; i++)
        {
            fields[i] = new(routeFields[i], (string)context.Request.RouteValues[routeFields[i].Value]!);
        }
        if (header.Count == 1)
        {
            fields[^1] = new(EncodedKeyField, header[0] ?? "");
        }
        return fields;
    }
}
