using McpBilling.Storage.Tests.Compliance;

namespace McpBilling.Storage.Tests.Sqlite;

// The same tests on this engine, each class with a fresh file per test.

public sealed class SqliteIdempotencyTests() : IdempotencyTests(new SqliteStore());

public sealed class SqliteExportTests() : ExportTests(new SqliteStore());

public sealed class SqliteRefusalTests() : RefusalTests(new SqliteStore());

public sealed class SqliteReopeningTests() : ReopeningTests(new SqliteStore());

public sealed class SqliteRaceTests() : RaceTests(new SqliteStore());

public sealed class SqliteClockTests() : ClockTests(new SqliteStore());

public sealed class SqlitePageTests() : PageTests(new SqliteStore());

public sealed class SqliteWorkspaceTests() : WorkspaceTests(new SqliteStore());

public sealed class SqliteVerifyTests() : VerifyTests(new SqliteStore());

public sealed class SqliteCostTests() : CostTests(new SqliteStore());

public sealed class SqlitePriceTests() : PriceTests(new SqliteStore());

public sealed class SqliteBreakageTests() : BreakageTests(new SqliteStore());

public sealed class SqliteCostPlusTests() : CostPlusTests(new SqliteStore());

public sealed class SqliteMarginTests() : MarginTests(new SqliteStore());

public sealed class SqliteSumTests() : SumTests(new SqliteStore());

public sealed class SqliteWebhookTests() : WebhookTests(new SqliteStore());

public sealed class SqliteDeliveryTests() : DeliveryTests(new SqliteStore());
public sealed class SqliteLimitTests() : LimitTests(new SqliteStore());

public sealed class SqliteLeaseTests() : LeaseTests(new SqliteStore());

public sealed class SqliteDetailTests() : DetailTests(new SqliteStore());

public sealed class SqliteUpgradeTests() : UpgradeTests(new SqliteStore());
