using System.Collections.Frozen;

namespace McpBilling.Operations;

/// <summary>One kind of failure, as callers see it: the same code over REST, MCP and the command line.</summary>
/// <param name="Name">Stable snake_case name.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">One short sentence that never changes from one occurrence to the next.</param>
/// <param name="Hint">What a person or a model should do next.</param>
/// <param name="Retryable">Whether the same request can succeed later without being changed.</param>
public sealed record ErrorCode(string Name, int Status, string Title, string Hint, bool Retryable = false)
{
    public static readonly ErrorCode InvalidRequest = new("invalid_request", 400, "The request is not valid", "Correct the named field and send the request again.");
    public static readonly ErrorCode InvalidEvent = new("invalid_event", 400, "The usage event cannot be metered", "Send the named property with a value of the right type; the event was not recorded.");
    public static readonly ErrorCode InvalidCatalog = new("invalid_catalog", 400, "The catalog document is not valid", "Correct every problem in the list; nothing was changed. get_catalog shows the present document.");
    public static readonly ErrorCode Unauthenticated = new("unauthenticated", 401, "No valid key was sent", "Send the header Authorization: Bearer mb_test_… (create a key with: mcp-billing keys create --name NAME).");
    public static readonly ErrorCode KeyExpired = new("key_expired", 401, "The key has expired", "Create a new key with: mcp-billing keys create --name NAME.");
    public static readonly ErrorCode InvalidToken = new("invalid_token", 401, "The access token is not valid", "Get a new token from the issuer that /.well-known/oauth-protected-resource/mcp names, for this server as its resource.");
    public static readonly ErrorCode Forbidden = new("forbidden", 403, "The key lacks the scope for this", "Use a key with the named scope.");
    public static readonly ErrorCode LiveWorkspace = new("live_workspace", 403, "Live workspaces run on real time", "Use a test workspace to move a clock.");
    public static readonly ErrorCode NotFound = new("not_found", 404, "There is nothing at this address", "See GET /openapi/v1.json for the routes.");
    public static readonly ErrorCode CustomerNotFound = new("customer_not_found", 404, "The customer does not exist", "Create it with POST /v1/customers (tool save_customer), or set customers.auto_create in the catalog.");
    public static readonly ErrorCode HoldNotFound = new("hold_not_found", 404, "The hold does not exist", "Use the hold_id that authorize answered, with a key of the same workspace.");
    public static readonly ErrorCode GrantNotFound = new("grant_not_found", 404, "The grant does not exist", "Use the grant's id from the wallet, with a key of the same workspace.");
    public static readonly ErrorCode EventNotFound = new("event_not_found", 404, "The usage event does not exist", "Use the id under which the event was recorded, and its customer_id (list_usage shows both).");
    public static readonly ErrorCode AssetNotFound = new("asset_not_found", 404, "The asset does not exist", "Use an ISO 4217 code such as usd, or declare the asset in the catalog (tool define_asset).");
    public static readonly ErrorCode CatalogItemNotFound = new("catalog_item_not_found", 404, "The catalog has no such item", "get_catalog lists what there is.");
    public static readonly ErrorCode ProofNotFound = new("proof_not_found", 404, "The proof does not exist", "Use the proof_id that verify_integration answered (GET /v1/proofs lists them), with a key of the same workspace.");
    public static readonly ErrorCode PortalSessionNotFound = new("portal_session_not_found", 404, "The portal session does not exist", "Use the id that create_portal_session answered, with a key of the same workspace.");
    public static readonly ErrorCode ReceiptNotFound = new("receipt_not_found", 404, "The receipt does not exist", "Use the id of a receipt from list_receipts, with the customer_id it is of.");
    public static readonly ErrorCode EntryNotFound = new("entry_not_found", 404, "The ledger entry does not exist", "Use the id of an entry from list_entries, with a key of the same workspace.");
    public static readonly ErrorCode LedgerDigestNotFound = new("ledger_digest_not_found", 404, "The day has no digest of the ledger", "list_ledger_digests (GET /v1/ledger-digests) shows the days that have one; a running server takes one each day, take_ledger_digest (POST /v1/ledger-digests) at once.");
    public static readonly ErrorCode TopUpNotFound = new("top_up_not_found", 404, "The top-up does not exist", "Use the id that create_top_up answered (list_top_ups shows them), with a key of the same workspace.");
    public static readonly ErrorCode PackNotFound = new("pack_not_found", 404, "There is no such pack", "get_catalog shows top_ups.packs; add it there with apply_catalog.");
    public static readonly ErrorCode TopUpClosed = new("top_up_closed", 409, "The top-up is over", "get_top_up shows how it stands; create another with create_top_up.");
    public static readonly ErrorCode PaymentNotPossible = new("payment_not_possible", 422, "This amount cannot be paid", "Choose an amount that the catalog's top_ups offers and the processor takes; nothing was ordered.");
    public static readonly ErrorCode RefundNotPossible = new("refund_not_possible", 422, "This cannot be refunded", "get_top_up shows what was paid, refunded and disputed; force: true refunds credit that was spent, too. Nothing was changed.");
    public static readonly ErrorCode ProcessorUnavailable = new("processor_unavailable", 503, "The payment processor does not answer", "Send the same request with the same idempotency key again: what was begun is found, nothing is paid twice.", true);
    public static readonly ErrorCode WebhookEndpointNotFound = new("webhook_endpoint_not_found", 404, "The webhook endpoint does not exist", "Use an id that list_webhook_endpoints (GET /v1/webhook-endpoints) shows, with a key of the same workspace.");
    public static readonly ErrorCode DeliveryNotFound = new("delivery_not_found", 404, "The delivery does not exist", "Use an id that list_webhook_deliveries (GET /v1/webhook-deliveries) shows; deliveries are kept for thirty days.");
    public static readonly ErrorCode MethodNotAllowed = new("method_not_allowed", 405, "This address does not take this method", "See GET /openapi/v1.json for the routes.");
    public static readonly ErrorCode IdempotencyConflict = new("idempotency_conflict", 409, "The key was used before with other input", "Retry with exactly the input of the first request, or use a new key for new work.");
    public static readonly ErrorCode HoldAlreadyCaptured = new("hold_already_captured", 409, "The hold was captured before", "Nothing is left to capture; record more usage with record_usage (POST /v1/usage).");
    public static readonly ErrorCode HoldAlreadyVoided = new("hold_already_voided", 409, "The hold was voided before", "Authorize again with authorize_usage; if the usage happened, record it with record_usage (POST /v1/usage).");
    public static readonly ErrorCode HoldExpired = new("hold_expired", 409, "The hold expired before", "Send allow_expired: true to post the usage all the same, or record it with record_usage (POST /v1/usage).");
    public static readonly ErrorCode VersionConflict = new("version_conflict", 409, "The catalog changed meanwhile", "Read it again with get_catalog and repeat your change on that version.");
    public static readonly ErrorCode PreviewRequired = new("preview_required", 409, "The change was not previewed as it is now", "Send the same request with dry_run: true, show the changes to the user, and repeat it with the preview_token of that answer.");
    public static readonly ErrorCode EnvFileRefused = new("env_file_refused", 409, "The key cannot be written there", "Name an env_file inside the app's folder, such as .env. No key was made.");
    public static readonly ErrorCode KeyNotFound = new("key_not_found", 404, "The key does not exist", "list_api_keys (or mcp-billing keys list) shows the ids of keys.");
    public static readonly ErrorCode ClockConflict = new("clock_conflict", 409, "A test clock only moves forward", "Name a time at or after the workspace's present time.");
    public static readonly ErrorCode ConfirmationRequired = new("confirmation_required", 409, "This needs to be confirmed", "Ask the user; then send the same request with confirm: true.");
    public static readonly ErrorCode TooLarge = new("too_large", 413, "The request body is too large", "Send at most 1 MiB, and at most 1,000 events in a batch.");
    public static readonly ErrorCode UnsupportedMediaType = new("unsupported_media_type", 415, "The body is not JSON", "Send JSON with the header Content-Type: application/json.");
    public static readonly ErrorCode AmountInvalid = new("amount_invalid", 422, "The amount is not valid", "Send a decimal text such as \"12.50\", not negative, with no more digits than the asset's scale.");
    public static readonly ErrorCode CustomerFrozen = new("customer_frozen", 422, "The customer is frozen", "Unfreeze the customer with save_customer {frozen: false}; usage that happened can still be recorded.");
    public static readonly ErrorCode InsufficientBalance = new("insufficient_balance", 422, "The balance does not cover this", "Give credit with grant_credit, or let the customer top up; on_insufficient: debt records usage that has already happened.");
    public static readonly ErrorCode GrantInsufficient = new("grant_insufficient", 422, "The grant has less left than asked", "Void at most what remains and is not held.");
    public static readonly ErrorCode ReversalTooLarge = new("reversal_too_large", 422, "More than what is left of the event was asked back", "Reverse at most the event's remaining quantity.");
    public static readonly ErrorCode CostUnpriced = new("cost_unpriced", 422, "The cost of the usage is not known", "Nothing was recorded or charged. Send what it cost with the event (cost); for a model that has no price yet add one with set_model_price; then send the same event again.");
    public static readonly ErrorCode NotSupportedYet = new("not_supported_yet", 422, "This part is not available in this version", "Remove the named part; the release notes say when it arrives.");
    public static readonly ErrorCode RateLimited = new("rate_limited", 429, "Too many requests", "Wait as long as the Retry-After header says, then send the same request.", true);
    public static readonly ErrorCode Internal = new("internal_error", 500, "The server made a mistake", "Nothing was changed. Report the request_id.");
    public static readonly ErrorCode TryAgain = new("try_again", 503, "The database is busy", "Send the same request with the same idempotency key again.", true);
    public static readonly ErrorCode StorageFull = new("storage_full", 503, "The disk is full", "Nothing was written. Free some space; then send the same request again.", true);
    public static readonly ErrorCode ProgramOutdated = new("program_outdated", 503, "This program is older than its database", "Send the same request with the same idempotency key again: the newer program that changed the database answers it. Nothing was written here. Whoever runs this program: stop it, and start the newer version.", true);
    public static readonly ErrorCode IssuerUnavailable = new("issuer_unavailable", 503, "The token's issuer does not answer", "Send the same request again in a few seconds; keys made with mcp-billing keys create work meanwhile.", true);
    public static readonly ErrorCode PortalUnavailable = new("portal_unavailable", 503, "The portal is not served here", "Start the HTTP side (mcp-billing serve, or stdio without --no-http), and ask again.", true);
    public static readonly ErrorCode ShuttingDown = new("shutting_down", 503, "The server is stopping", "Send the same request with the same idempotency key again.", true);

    /// <summary>Every code by name, for the docs and for stored refusals.</summary>
    public static FrozenDictionary<string, ErrorCode> All { get; } = typeof(ErrorCode)
        .GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Where(f => f.FieldType == typeof(ErrorCode)).Select(f => (ErrorCode)f.GetValue(null)!)
        .ToFrozenDictionary(e => e.Name, StringComparer.Ordinal);
}
