using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Customers;
using McpBilling.Insights;
using McpBilling.Insights.Margins;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Money;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Payments.Sandbox;
using McpBilling.Portal;
using McpBilling.Usage;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling;

/// <summary>Source-generated readers and writers of everything that crosses a door as JSON, in the conventions of <see cref="BillingJsonOptions"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = BillingJsonOptions.MaxDepth,
    Converters = [typeof(DecimalJsonConverter), typeof(InstantJsonConverter), typeof(SnakeCaseEnumConverter)])]
[JsonSerializable(typeof(CatalogDocument))]
[JsonSerializable(typeof(CatalogArchive))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(GetCatalogInput))]
[JsonSerializable(typeof(GetCatalogOutput))]
[JsonSerializable(typeof(ApplyCatalogInput))]
[JsonSerializable(typeof(ApplyCatalogOutput))]
[JsonSerializable(typeof(DefineAssetInput))]
[JsonSerializable(typeof(DefineMeterInput))]
[JsonSerializable(typeof(DefineProductInput))]
[JsonSerializable(typeof(DefinePriceInput))]
[JsonSerializable(typeof(ArchiveCatalogItemInput))]
[JsonSerializable(typeof(SaveCustomerInput))]
[JsonSerializable(typeof(CustomerView))]
[JsonSerializable(typeof(GrantCreditInput))]
[JsonSerializable(typeof(GrantCreditOutput))]
[JsonSerializable(typeof(VoidGrantInput))]
[JsonSerializable(typeof(VoidGrantOutput))]
[JsonSerializable(typeof(AdjustBalanceInput))]
[JsonSerializable(typeof(AdjustBalanceOutput))]
[JsonSerializable(typeof(GetWalletInput))]
[JsonSerializable(typeof(GetWalletOutput))]
[JsonSerializable(typeof(ListEntriesInput))]
[JsonSerializable(typeof(ListEntriesOutput))]
[JsonSerializable(typeof(AdvanceTestClockInput))]
[JsonSerializable(typeof(GetTestClockInput))]
[JsonSerializable(typeof(TestClockOutput))]
[JsonSerializable(typeof(ListCustomersInput))]
[JsonSerializable(typeof(ListCustomersOutput))]
[JsonSerializable(typeof(AuthorizeUsageInput))]
[JsonSerializable(typeof(RecordLlmCostInput))]
[JsonSerializable(typeof(RecordLlmCostOutput))]
[JsonSerializable(typeof(RecordLlmCostBatchInput))]
[JsonSerializable(typeof(RecordLlmCostBatchOutput))]
[JsonSerializable(typeof(RecordCostInput))]
[JsonSerializable(typeof(ListCostsInput))]
[JsonSerializable(typeof(ListCostsOutput))]
[JsonSerializable(typeof(RepriceCostsInput))]
[JsonSerializable(typeof(RepriceCostsOutput))]
[JsonSerializable(typeof(System.Collections.Immutable.ImmutableArray<CostLineView>))]
[JsonSerializable(typeof(PriceContext))]
[JsonSerializable(typeof(AuthorizeUsageOutput))]
[JsonSerializable(typeof(CaptureHoldInput))]
[JsonSerializable(typeof(CaptureHoldOutput))]
[JsonSerializable(typeof(VoidHoldInput))]
[JsonSerializable(typeof(VoidHoldOutput))]
[JsonSerializable(typeof(ExtendHoldInput))]
[JsonSerializable(typeof(ExtendHoldOutput))]
[JsonSerializable(typeof(GetHoldInput))]
[JsonSerializable(typeof(GetHoldOutput))]
[JsonSerializable(typeof(RecordUsageInput))]
[JsonSerializable(typeof(RecordUsageOutput))]
[JsonSerializable(typeof(RecordUsageBatchInput))]
[JsonSerializable(typeof(RecordUsageBatchOutput))]
[JsonSerializable(typeof(ReverseUsageInput))]
[JsonSerializable(typeof(ReverseUsageOutput))]
[JsonSerializable(typeof(ListUsageInput))]
[JsonSerializable(typeof(ListUsageOutput))]
[JsonSerializable(typeof(Subject))]
[JsonSerializable(typeof(ExplainChargeInput))]
[JsonSerializable(typeof(ExplainChargeOutput))]
[JsonSerializable(typeof(VerifyIntegrationInput))]
[JsonSerializable(typeof(VerifyIntegrationOutput))]
[JsonSerializable(typeof(ListProofsInput))]
[JsonSerializable(typeof(ListProofsOutput))]
[JsonSerializable(typeof(GetProofInput))]
[JsonSerializable(typeof(GetProofOutput))]
[JsonSerializable(typeof(SimulatePricingInput))]
[JsonSerializable(typeof(SimulatePricingOutput))]
[JsonSerializable(typeof(GenerateIntegrationInput))]
[JsonSerializable(typeof(GenerateIntegrationOutput))]
[JsonSerializable(typeof(GetMarginsInput))]
[JsonSerializable(typeof(GetMarginsOutput))]
[JsonSerializable(typeof(GetMarginReportInput))]
[JsonSerializable(typeof(MarginReportOutput))]
[JsonSerializable(typeof(ReconcileCostsInput))]
[JsonSerializable(typeof(ReconcileCostsOutput))]
[JsonSerializable(typeof(ListReconciliationsInput))]
[JsonSerializable(typeof(ListReconciliationsOutput))]
[JsonSerializable(typeof(GetReconciliationInput))]
[JsonSerializable(typeof(GetReconciliationOutput))]
[JsonSerializable(typeof(CheckMarginsInput))]
[JsonSerializable(typeof(CheckMarginsOutput))]
[JsonSerializable(typeof(ListMarginAlertsInput))]
[JsonSerializable(typeof(ListMarginAlertsOutput))]
[JsonSerializable(typeof(MarginAlert))]
[JsonSerializable(typeof(PriceRowView))]
[JsonSerializable(typeof(PriceBookFile))]
[JsonSerializable(typeof(ListModelPricesInput))]
[JsonSerializable(typeof(ListModelPricesOutput))]
[JsonSerializable(typeof(SetModelPriceInput))]
[JsonSerializable(typeof(SetModelPriceOutput))]
[JsonSerializable(typeof(ImportPriceBookInput))]
[JsonSerializable(typeof(ImportPriceBookOutput))]
[JsonSerializable(typeof(CreateTopUpInput))]
[JsonSerializable(typeof(TopUpView))]
[JsonSerializable(typeof(GetTopUpInput))]
[JsonSerializable(typeof(ListTopUpsInput))]
[JsonSerializable(typeof(ListTopUpsOutput))]
[JsonSerializable(typeof(CancelTopUpInput))]
[JsonSerializable(typeof(MarkTopUpPaidInput))]
[JsonSerializable(typeof(SetAutoRechargeInput))]
[JsonSerializable(typeof(AutoRechargeView))]
[JsonSerializable(typeof(ListAutoRechargesInput))]
[JsonSerializable(typeof(ListAutoRechargesOutput))]
[JsonSerializable(typeof(RefundPaymentInput))]
[JsonSerializable(typeof(RefundView))]
[JsonSerializable(typeof(DisputeView))]
[JsonSerializable(typeof(ListRefundsInput))]
[JsonSerializable(typeof(ListRefundsOutput))]
[JsonSerializable(typeof(BookedFact))]
[JsonSerializable(typeof(NotedProcessor))]
[JsonSerializable(typeof(PaymentReport))]
[JsonSerializable(typeof(SandboxPayment))]
[JsonSerializable(typeof(SandboxCustomer))]
[JsonSerializable(typeof(CreateWebhookEndpointInput))]
[JsonSerializable(typeof(CreateWebhookEndpointOutput))]
[JsonSerializable(typeof(ListWebhookEndpointsInput))]
[JsonSerializable(typeof(ListWebhookEndpointsOutput))]
[JsonSerializable(typeof(UpdateWebhookEndpointInput))]
[JsonSerializable(typeof(UpdateWebhookEndpointOutput))]
[JsonSerializable(typeof(DeleteWebhookEndpointInput))]
[JsonSerializable(typeof(DeleteWebhookEndpointOutput))]
[JsonSerializable(typeof(RotateWebhookSecretInput))]
[JsonSerializable(typeof(RotateWebhookSecretOutput))]
[JsonSerializable(typeof(SendTestWebhookInput))]
[JsonSerializable(typeof(SendTestWebhookOutput))]
[JsonSerializable(typeof(ListWebhookDeliveriesInput))]
[JsonSerializable(typeof(ListWebhookDeliveriesOutput))]
[JsonSerializable(typeof(ReplayWebhookDeliveryInput))]
[JsonSerializable(typeof(ReplayWebhookDeliveryOutput))]
[JsonSerializable(typeof(BalanceData))]
[JsonSerializable(typeof(GrantData))]
[JsonSerializable(typeof(HoldData))]
[JsonSerializable(typeof(MarginAlertView))]

[JsonSerializable(typeof(CreatePortalSessionInput))]
[JsonSerializable(typeof(CreatePortalSessionOutput))]
[JsonSerializable(typeof(RevokePortalSessionsInput))]
[JsonSerializable(typeof(RevokePortalSessionsOutput))]
[JsonSerializable(typeof(GetLimitsInput))]
[JsonSerializable(typeof(SaveLimitsInput))]
[JsonSerializable(typeof(CustomerLimitsOutput))]
[JsonSerializable(typeof(GetActivityInput))]
[JsonSerializable(typeof(GetActivityOutput))]
[JsonSerializable(typeof(ListReceiptsInput))]
[JsonSerializable(typeof(ListReceiptsOutput))]
[JsonSerializable(typeof(GetReceiptInput))]
[JsonSerializable(typeof(GetReceiptOutput))]
[JsonSerializable(typeof(TakeLedgerDigestInput))]
[JsonSerializable(typeof(GetLedgerDigestInput))]
[JsonSerializable(typeof(ListLedgerDigestsInput))]
[JsonSerializable(typeof(ListLedgerDigestsOutput))]
[JsonSerializable(typeof(LedgerDigest))]
public sealed partial class BillingJson : JsonSerializerContext
{
    /// <summary>The conventions with these types: what every door reads and writes with.</summary>
    public static JsonSerializerOptions Conventions => LazyInitializer.EnsureInitialized(ref field, static () => BillingJsonOptions.Create(Default));

    public static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)Conventions.GetTypeInfo(typeof(T));
}
