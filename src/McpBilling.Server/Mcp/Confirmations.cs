using System.Text.Json;
using McpBilling.Money;
using McpBilling.Operations;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpBilling.Server.Mcp;

/// <summary>
/// Asks the user before something is taken away: by elicitation where the client has it, else by refusing until <c>confirm: true</c> is sent. The
/// question and its answer are one protocol for both eras: a 2026-07-28 client gets an input-required result and repeats the call, for an older one
/// the SDK sends <c>elicitation/create</c> and repeats the call itself. The scope of the key was checked before; this is no protection of its own.
/// </summary>
internal sealed class Confirmations(McpSurface surface)
{
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromMinutes(10);

    public static readonly ErrorCode Declined = new("confirmation_declined", 409, "The user declined", "Nothing was changed. Do not repeat this unless the user asks for it.");

    private const string Question = "confirm";

    /// <summary>Every operation that can take something from somebody for good, and when it does.</summary>
    private static readonly Dictionary<string, Func<JsonElement, bool>> Needed = new(StringComparer.Ordinal)
    {
        ["archive_catalog_item"] = arguments => !(arguments.TryGetProperty("dry_run", out var dry) && dry.ValueKind == JsonValueKind.True),
        ["adjust_balance"] = TakesAway,
    };

    private readonly ConfirmationState state = new(surface.StateKey, surface.Clock);

    public static bool MayAsk(Operation operation) => Needed.ContainsKey(operation.Name);

    /// <exception cref="InputRequiredException">The client is to ask the user.</exception>
    /// <exception cref="BillingException"><c>confirmation_required</c>, or the user declined.</exception>
    public void Require(Operation operation, JsonElement arguments, bool confirmed, Caller caller, RequestContext<CallToolRequestParams> request)
    {
        if (!Needed.TryGetValue(operation.Name, out var needed) || !needed(arguments))
        {
            return;
        }
        if (request.Server.ClientCapabilities?.Elicitation is not { } elicitation || (elicitation.Form is null && elicitation.Url is not null))
        {
            if (!confirmed)
            {
                throw new BillingException(ErrorCode.ConfirmationRequired, $"{operation.Title} takes something away and needs the user's consent.", ToolProjection.ConfirmField);
            }
            return;
        }
        string bound = ConfirmationState.Bind(operation.Name, caller, arguments);
        if (!state.Holds(request.Params?.RequestState, bound) || request.Params?.InputResponses?.TryGetValue(Question, out var answer) != true || answer is null)
        {
            throw Ask(operation, arguments, bound);
        }
        var given = answer.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
        bool unticked = given?.Content?.TryGetValue(Question, out var ticked) == true && ticked.ValueKind == JsonValueKind.False;
        if (given is not { IsAccepted: true } || unticked)
        {
            throw new BillingException(Declined, "The user did not agree.");
        }
    }

    private InputRequiredException Ask(Operation operation, JsonElement arguments, string bound)
    {
        var form = new ElicitRequestParams
        {
            Message = $"{operation.Title}: {Shortened(arguments.GetRawText())}. This takes something away. Go ahead?",
            RequestedSchema = new()
            {
                Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition>
                {
                    [Question] = new ElicitRequestParams.BooleanSchema { Title = "Go ahead", Default = true },
                },
            },
        };
        return new InputRequiredException(new Dictionary<string, InputRequest> { [Question] = InputRequest.ForElicitation(form) }, state.Issue(bound, AnswerWithin));
    }

    private static string Shortened(string text) => text.Length > 400 ? text[..400] + "…" : text;

    /// <summary>An adjustment that adds needs no question. What cannot be read as a positive amount is asked about.</summary>
    private static bool TakesAway(JsonElement arguments)
    {
        if (!arguments.TryGetProperty("amount", out var amount) || amount.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
        {
            return true;
        }
        bool isNumber = amount.ValueKind == JsonValueKind.Number;
        return Quantity.TryParse(isNumber ? amount.GetRawText() : amount.GetString(), isNumber, out decimal value) is not null || value < 0;
    }
}
