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

    /// <summary>Every operation that can take something from somebody for good or moves real money, and when it does: the question, or null.</summary>
    private static readonly Dictionary<string, Func<JsonElement, Caller, string?>> Needed = new(StringComparer.Ordinal)
    {
        ["archive_catalog_item"] = (arguments, _) => IsDryRun(arguments) ? null : TakesSomething,
        ["adjust_balance"] = (arguments, _) => TakesAway(arguments) ? TakesSomething : null,
        ["revoke_api_key"] = (_, _) => "The app that uses this key stops working at once",
        ["create_api_key"] = (arguments, caller) => IsLive(arguments, caller) ? "A live key charges real customers" : null,
        ["refund_payment"] = (_, _) => "This gives a customer's money back",
        ["mark_top_up_paid"] = (_, caller) => caller.Mode == Mode.Live ? "This gives a live customer credit for money that nobody but you has seen" : null,
        ["set_auto_recharge"] = (arguments, caller) => caller.Mode == Mode.Live && !IsOff(arguments) ? "This charges a live customer again and again, who must have agreed to it" : null,
        ["delete_webhook_endpoint"] = (_, _) => "What waits for this endpoint is not delivered any more",
        ["rotate_webhook_secret"] = (_, _) => "Its receiver refuses every message once the present secret ends",
        ["grant_credit"] = (arguments, caller) => caller.Mode == Mode.Live && IsLarge(arguments) ? "This gives a live customer a large credit" : null,
    };

    /// <summary>
    /// Writes of a live catalog. The preview token has proven that the server showed the change, so a client that cannot ask the user is not held up by a
    /// second mechanism; one that can is to ask.
    /// </summary>
    private static readonly HashSet<string> CatalogWrites = new(StringComparer.Ordinal) { "apply_catalog", "define_asset", "define_meter", "define_product", "define_price" };

    private const string TakesSomething = "This takes something away";

    /// <summary>From here on a grant in a live workspace is asked about, in whole units of whatever asset.</summary>
    private const decimal LargeGrant = 1_000;

    private readonly ConfirmationState state = new(surface.StateKey, surface.Clock);

    public static bool MayAsk(Operation operation) => Needed.ContainsKey(operation.Name);

    /// <param name="besides">What else the client is to be asked, in the same go.</param>
    /// <exception cref="InputRequiredException">The client is to ask the user.</exception>
    /// <exception cref="BillingException"><c>confirmation_required</c>, or the user declined.</exception>
    public void Require(
        Operation operation, JsonElement arguments, bool confirmed, Caller caller, RequestContext<CallToolRequestParams> request,
        IReadOnlyDictionary<string, InputRequest>? besides = null)
    {
        var questions = new Dictionary<string, InputRequest>(besides ?? new Dictionary<string, InputRequest>());
        string? why = Needed.TryGetValue(operation.Name, out var needed) ? needed(arguments, caller) : null;
        bool canAsk = request.Server.ClientCapabilities?.Elicitation is { } elicitation && !(elicitation.Form is null && elicitation.Url is not null);
        if (why is not null && !canAsk && !confirmed)
        {
            throw new BillingException(ErrorCode.ConfirmationRequired, $"{operation.Title}: {char.ToLowerInvariant(why[0])}{why[1..]}, and needs the user's consent.", ToolProjection.ConfirmField);
        }
        why ??= CatalogWrites.Contains(operation.Name) && caller.Mode == Mode.Live && !IsDryRun(arguments) && arguments.TryGetProperty("preview_token", out _)
            ? "This changes the prices of the live catalog as the preview showed"
            : null;
        if (why is not null && canAsk)
        {
            questions[Question] = Ask(operation, arguments, why);
        }
        if (questions.Count == 0)
        {
            return;
        }
        string bound = ConfirmationState.Bind(operation.Name, caller, arguments);
        var answers = request.Params?.InputResponses;
        if (!state.Holds(request.Params?.RequestState, bound) || answers is null || questions.Keys.Any(q => !answers.ContainsKey(q)))
        {
            throw new InputRequiredException(questions, state.Issue(bound, AnswerWithin));
        }
        if (!questions.ContainsKey(Question))
        {
            return;
        }
        var answer = answers[Question];
        var given = answer.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
        bool unticked = given?.Content?.TryGetValue(Question, out var ticked) == true && ticked.ValueKind == JsonValueKind.False;
        if (given is not { IsAccepted: true } || unticked)
        {
            throw new BillingException(Declined, "The user did not agree.");
        }
    }

    private static InputRequest Ask(Operation operation, JsonElement arguments, string why)
    {
        var form = new ElicitRequestParams
        {
            Message = $"{operation.Title}: {Shortened(arguments.GetRawText())}. {why}. Go ahead?",
            RequestedSchema = new()
            {
                Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition>
                {
                    [Question] = new ElicitRequestParams.BooleanSchema { Title = "Go ahead", Default = true },
                },
            },
        };
        return InputRequest.ForElicitation(form);
    }

    private static string Shortened(string text) => text.Length > 400 ? text[..400] + "…" : text;

    private static bool IsDryRun(JsonElement arguments) => arguments.TryGetProperty("dry_run", out var dry) && dry.ValueKind == JsonValueKind.True;

    private static bool IsOff(JsonElement arguments) => arguments.TryGetProperty("enabled", out var enabled) && enabled.ValueKind == JsonValueKind.False;

    private static bool IsLive(JsonElement arguments, Caller caller) =>
        arguments.TryGetProperty("mode", out var mode) && mode.ValueKind == JsonValueKind.String ? mode.ValueEquals("live") : caller.Mode == Mode.Live;

    private static bool IsLarge(JsonElement arguments) =>
        !arguments.TryGetProperty("amount", out var amount) || amount.ValueKind is not (JsonValueKind.String or JsonValueKind.Number)
        || Quantity.TryParse(amount.ToString(), amount.ValueKind == JsonValueKind.Number, out decimal value) is not null || value >= LargeGrant;

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
