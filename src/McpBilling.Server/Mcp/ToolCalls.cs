using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using McpBilling.Operations;
using McpBilling.Server.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>One handler for every tool: guard the arguments, check the scope, ask where something is taken away, run, answer.</summary>
internal sealed class ToolCalls
{
    private readonly McpSurface surface;
    private readonly Dictionary<string, Operation> operations;
    private readonly ConcurrentDictionary<string, InputSchema> schemas = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AppWatch?> watches = new(StringComparer.Ordinal);
    private readonly Confirmations confirmations;
    private readonly Dictionary<string, ConversationTool> others;
    private readonly ConfirmationState state;
    private readonly ILogger log;

    public ToolCalls(McpSurface surface)
    {
        this.surface = surface;
        operations = surface.Tools.ToDictionary(o => o.Name, StringComparer.Ordinal);
        confirmations = new Confirmations(surface);
        others = surface.Conversation.Tools.ToDictionary(t => t.Definition.Name, StringComparer.Ordinal);
        state = new ConfirmationState(surface.StateKey, surface.Clock);
        log = surface.Logs.CreateLogger("McpBilling.Mcp");
    }

    /// <summary>The name, where there is a tool of that name.</summary>
    public string? Known(string? name) => name is not null && (operations.ContainsKey(name) || others.ContainsKey(name)) ? name : null;

    /// <exception cref="McpProtocolException">There is no such tool.</exception>
    public async ValueTask<CallToolResult> Call(RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        string name = request.Params?.Name ?? "";
        var operation = operations.GetValueOrDefault(name);
        var other = others.GetValueOrDefault(name);
        if (operation is null && other is null)
        {
            string hint = NearestName.Hint(name, operations.Keys) ?? "tools/list names the tools.";
            throw new McpProtocolException($"Unknown tool: '{SecretText.Masked(name.Length > 64 ? name[..64] + "…" : name)}'. {hint}", McpErrorCode.InvalidParams);
        }
        try
        {
            var caller = request.CallerIn(surface);
            if (operation is null)
            {
                return await Converse(other!, caller, request, cancellation);
            }
            caller.Require(operation.Scope);
            using var turn = surface.LongOperations.Enter(operation, caller);
            bool confirmed = TakeConfirmation(request.Params!, Confirmations.MayAsk(operation), out var arguments);
            var watch = watches.GetOrAdd(operation.Name, static (_, at) => AppWatch.Of(at.operation, at.surface.Signals, at.surface.Clock), (operation, surface));
            var schema = schemas.GetOrAdd(operation.Name, static (_, at) => JsonSchemas.ForInput(at.Json.GetTypeInfo(at.InputType)), (surface.Json, operation.InputType));
            Guard(arguments, schema, watch, caller);
            object input = JsonSerializer.Deserialize(InputGuard.WithoutNulls(arguments, schema), surface.Json.GetTypeInfo(operation.InputType))!;
            var asking = operation as IAsksTheClient;
            confirmations.Require(operation, arguments, confirmed, caller, request, asking?.Questions(request.Server.ClientCapabilities));
            // What a tool tells an app to call must be there when it is told.
            await (surface.Beside?.Open() ?? Task.CompletedTask);
            object output = asking is null
                ? await Run(operation, input, watch, caller, ToolProgress.For(request), cancellation)
                : await asking.Run(input, request.Params!.InputResponses, caller, cancellation);
            return ToolResults.Success(operation, output, surface.Json);
        }
        catch (BillingException refusal)
        {
            return ToolResults.Refusal(refusal, request);
        }
        catch (JsonException unread)
        {
            // The guard passes nothing that the serializer refuses, except what no schema can say (a field named twice, too deep a nesting).
            return ToolResults.Refusal(new BillingException(ErrorCode.InvalidRequest, $"The arguments could not be read{(unread.Path is { Length: > 0 } path ? " at " + path : "")}."), request);
        }
        catch (Exception mistake) when (mistake is not (InputRequiredException or McpException) && !(mistake is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            string requestId = "req_" + RandomNumberGenerator.GetHexString(16, lowercase: true);
            log.LogError(mistake, "{Tool} failed, request {RequestId}", name, requestId);
            return ToolResults.Refusal(new BillingException(ErrorCode.Internal, $"The server made a mistake; request_id {requestId}."), request, requestId);
        }
    }

    private static void Guard(JsonElement arguments, InputSchema schema, AppWatch? watch, Caller caller)
    {
        try
        {
            InputGuard.Require(arguments, schema);
        }
        catch (BillingException refusal) when (watch is not null)
        {
            watch.Unread(arguments, refusal, caller);
            throw;
        }
    }

    private async ValueTask<object> Run(Operation operation, object input, AppWatch? watch, Caller caller, ToolProgress? progress, CancellationToken cancellation)
    {
        try
        {
            object output = await operation.Run(input, caller, surface.Billing, progress, cancellation);
            watch?.Answered(input, output, caller);
            return output;
        }
        catch (BillingException refusal) when (watch is not null)
        {
            watch.Refused(input, refusal, caller);
            throw;
        }
        finally
        {
            await (progress?.Finish() ?? Task.CompletedTask);
        }
    }

    private async ValueTask<CallToolResult> Converse(ConversationTool tool, Caller caller, RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        caller.Require(tool.Scope);
        TakeConfirmation(request.Params!, mayAsk: false, out var arguments);
        if (tool.Input is { } schema)
        {
            InputGuard.Require(arguments, schema);
        }
        return await tool.Run(new ConversationCall(request, caller, arguments, state), cancellation);
    }

    /// <summary>The arguments as one object, without <c>confirm</c> where a tool has it beside its input.</summary>
    private static bool TakeConfirmation(CallToolRequestParams call, bool mayAsk, out JsonElement arguments)
    {
        bool confirmed = false;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in call.Arguments ?? new Dictionary<string, JsonElement>())
            {
                if (name == ToolProjection.ConfirmField && mayAsk)
                {
                    confirmed = value.ValueKind is JsonValueKind.True or JsonValueKind.False
                        ? value.GetBoolean()
                        : throw new BillingException(ErrorCode.InvalidRequest, "confirm: must be true or false", ToolProjection.ConfirmField);
                    continue;
                }
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        using var document = JsonDocument.Parse(buffer.WrittenMemory, BillingJsonOptions.Document);
        arguments = document.RootElement.Clone();
        return confirmed;
    }
}
