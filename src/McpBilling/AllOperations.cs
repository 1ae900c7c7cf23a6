using McpBilling.Catalog;
using McpBilling.Costs;
using McpBilling.Costs.Reconciliation;
using McpBilling.Customers;
using McpBilling.Insights;
using McpBilling.Insights.Margins;
using McpBilling.Integration;
using McpBilling.Ledger;
using McpBilling.Operations;
using McpBilling.Payments;
using McpBilling.Portal;
using McpBilling.Usage;
using McpBilling.Wallets;
using McpBilling.Webhooks;

namespace McpBilling;

/// <summary>The table of contents: everything the program can be asked to do. Tools, routes and the OpenAPI document are made from these rows.</summary>
public static class AllOperations
{
    public static IReadOnlyList<Operation> List { get; } =
    [
        // Catalog
        new GetCatalog(),
        new ApplyCatalog(),
        new DefineAsset(),
        new DefineMeter(),
        new DefineProduct(),
        new DefinePrice(),
        new ArchiveCatalogItem(),

        // Customers and wallets
        new SaveCustomer(),
        new ListCustomers(),
        new GetWallet(),
        new GrantCredit(),
        new VoidGrant(),
        new AdjustBalance(),
        new ListEntries(),

        // Payments
        new CreateTopUp(),
        new GetTopUp(),
        new ListTopUps(),
        new CancelTopUp(),
        new MarkTopUpPaid(),
        new SetAutoRecharge(),
        new ListAutoRecharges(),
        new RefundPayment(),
        new ListRefunds(),

        // Usage
        new AuthorizeUsage(),
        new CaptureHold(),
        new VoidHold(),
        new ExtendHold(),
        new GetHold(),
        new RecordUsage(),
        new RecordUsageBatch(),
        new ReverseUsage(),
        new ListUsage(),
        new ExplainCharge(),

        // Costs
        new RecordLlmCost(),
        new RecordLlmCostBatch(),
        new RecordCost(),
        new ListCosts(),
        new RepriceCosts(),
        new ReconcileCosts(),
        new ListReconciliations(),
        new GetReconciliation(),
        new ListModelPrices(),
        new SetModelPrice(),
        new ImportPriceBook(),

        // Integration
        new GenerateIntegration(),
        new VerifyIntegration(),
        new ListProofs(),
        new GetProof(),

        // The customer's own view
        new CreatePortalSession(),
        new RevokePortalSessions(),
        new GetLimits(),
        new SaveLimits(),
        new GetActivity(),
        new ListReceipts(),
        new GetReceipt(),

        // Test workspaces
        new AdvanceTestClock(),
        new GetTestClock(),

        // Insights
        new SimulatePricing(),
        new GetMargins(),
        new GetMarginReport(),
        new CheckMargins(),
        new ListMarginAlerts(),

        // Webhooks
        new CreateWebhookEndpoint(),
        new ListWebhookEndpoints(),
        new UpdateWebhookEndpoint(),
        new DeleteWebhookEndpoint(),
        new RotateWebhookSecret(),
        new SendTestWebhook(),
        new ListWebhookDeliveries(),
        new ReplayWebhookDelivery(),

        // Tamper evidence
        new TakeLedgerDigest(),
        new GetLedgerDigest(),
        new ListLedgerDigests(),
    ];
}
